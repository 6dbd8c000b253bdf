import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { crossEntropy, oneHot, rowsOf } from '../../test/plain.js';
import { tinyModel } from '../testing/tiny-model.js';
import { ensembleOf } from '../model/ensemble.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import { dropoutMasks } from '../model/dropout.js';
import { TracedModel } from '../model/traced-model.js';
import { realOuterProblem, realSource } from './real.js';

describe('dropoutMasks', () => {
  const draw = (rate: number, seed = 1, size = 20_001): number[] => [
    ...(dropoutMasks([{ shape: [size], rate }], new RandomStream(seed))['dropout.0'] ?? []),
  ];

  it.each([0.1, 0.5, 0.9])('drop a share of %d and scale up the rest', (rate) => {
    const mask = draw(rate);
    const kept = Math.fround(1 / (1 - rate));
    expect(new Set(mask)).toEqual(new Set([0, kept]));
    expect(Math.abs(mask.filter((value) => value === 0).length / mask.length - rate)).toBeLessThan(0.012);
    expect(Math.abs(mask.reduce((a, b) => a + b, 0) / mask.length - 1)).toBeLessThan(0.12);
    // two units that share their random bits are drawn independently
    const both = mask.filter((value, index) => index % 2 === 0 && value === 0 && mask[index + 1] === 0).length / (mask.length / 2);
    expect(Math.abs(both - rate * rate)).toBeLessThan(0.02);
  });

  it('depend on the stream only, and differ between sites', () => {
    expect(draw(0.5, 3, 64)).toEqual(draw(0.5, 3, 64));
    expect(draw(0.5, 3, 64)).not.toEqual(draw(0.5, 4, 64));
    const sites = [
      { shape: [8, 8], rate: 0.5 },
      { shape: [64], rate: 0.5 },
    ];
    const masks = dropoutMasks(sites, new RandomStream(3));
    expect(Object.keys(masks)).toEqual(['dropout.0', 'dropout.1']);
    expect(masks['dropout.0']).not.toEqual(masks['dropout.1']);
  });
});

describe('real sequences as training data', () => {
  const [batchSize, length, vocabularySize] = [2, 3, 6];
  const sequences = [Int32Array.of(0, 1, 2, 3), Int32Array.of(4, 5), Int32Array.of(1)];

  it('give the cross-entropy of the next token, and never use a sequence of one', async () => {
    const traced = new TracedModel(tinyModel({ vocabularySize, maxLength: length }));
    const source = realSource(traced, sequences, { batchSize, length });
    expect(source.meta).toEqual({});
    const batch = source.batch(new RandomStream(2));
    expect(source.batch(new RandomStream(2))).toEqual(batch);
    const graph = new Graph();
    const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
    const specs = Object.entries(source.problem.batch);
    const names = Object.fromEntries(specs.map(([key, { shape, dtype }]) => [key, graph.input(`batch.${key}`, shape, dtype)]));
    const outer = realOuterProblem(traced, { batchSize, length });
    const weights = initialParameters(traced.layout, new RandomStream(2));
    const values = { weights, ...Object.fromEntries(Object.entries(batch).map(([key, each]) => [`batch.${key}`, each])) };
    const logits = traced.ownLogits(parameters, { kind: 'hard', ids: names['inputs'] as never });
    const expected = crossEntropy(rowsOf(await valueOf(logits, values), vocabularySize), oneHot(batch['targets'] ?? [], vocabularySize), [
      ...(batch['weights'] ?? []),
    ]);
    expectAllClose(await valueOf(source.problem.loss(parameters, {}, names), values), [expected], 1e-5);
    expectAllClose(await valueOf(outer.loss(parameters, names), values), [expected], 1e-5);
    expect([...(batch['weights'] ?? [])].reduce((a, b) => a + b, 0)).toBe(4);
  });

  it.each([
    [1, true],
    [2, true],
    [2, false],
  ])('have a loss against what a teacher of %d members expects (factors: %s)', async (members, factors) => {
    const traced = new TracedModel(tinyModel({ vocabularySize, maxLength: length, factors }));
    const { weights: counts = [], ...batch } = realSource(traced, sequences, { batchSize, length }).batch(new RandomStream(2));
    const weights = initialParameters(traced.layout, new RandomStream(2));
    const taught = ensembleOf(traced, members);
    const teacher = initialParameters(taught.layout, new RandomStream(5));
    const values = { weights, ...batch, counts, teacher };
    const graph = new Graph();
    const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
    const flat = graph.input('teacher', [taught.layout.size]);
    const ids = graph.input('inputs', [batchSize, length], 'int32');
    const names = {
      ...{ inputs: ids, targets: graph.input('targets', [batchSize, length], 'int32') },
      ...{ weights: graph.input('counts', [batchSize, length]), teacher: flat },
    };
    const logitsOf = async (model: TracedModel, own: Node[]): Promise<number[][]> =>
      rowsOf(await valueOf(model.ownLogits(own, { kind: 'hard', ids }), values), vocabularySize);
    const own = await logitsOf(traced, parameters);
    const expected = (await logitsOf(taught, splitParameters(taught.layout, flat))).map((row) => {
      const powers = row.map(Math.exp);
      const total = powers.reduce((sum, each) => sum + each, 0);
      return powers.map((each) => each / total);
    });
    const soft = crossEntropy(own, expected, [...counts]);
    const hard = crossEntropy(own, oneHot(batch['targets'] ?? [], vocabularySize), [...counts]);
    expect(Math.abs(soft - hard)).toBeGreaterThan(1e-4);
    const lossAt = (share: number): Promise<readonly number[]> =>
      valueOf(realOuterProblem(traced, { batchSize, length }, { members, share }).loss(parameters, names), values);
    expectAllClose(await lossAt(1), [soft], 1e-5);
    expectAllClose(await lossAt(0.25), [0.25 * soft + 0.75 * hard], 1e-5);
    expectAllClose(await lossAt(0), [hard], 1e-5);
  });

  it('carry masks for the dropout of training, and none for the loss of distillation', () => {
    const traced = new TracedModel(tinyModel({ vocabularySize, maxLength: length, dropout: 0.3 }));
    const source = realSource(traced, sequences, { batchSize, length });
    expect(Object.keys(source.problem.batch)).toContain('dropout.0');
    expect(source.batch(new RandomStream(2))['dropout.0']).toHaveLength(batchSize * length * 4);
    expect(Object.keys(realOuterProblem(traced, { batchSize, length }).batch)).toEqual(['inputs', 'targets', 'weights']);
  });
});
