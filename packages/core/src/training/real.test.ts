import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { crossEntropy, oneHot, rowsOf } from '../../test/plain.js';
import { tinyModel } from '../../test/tiny-model.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { dropoutMasks } from './dropout.js';
import { TracedModel } from './objective.js';
import { realBatch, realOuterProblem, realSource } from './real.js';

/** Sequence s holds 100 s, 100 s + 1, ...: every token says where it comes from. */
const numbered = (lengths: readonly number[]): Int32Array[] =>
  lengths.map((length, sequence) => Int32Array.from({ length }, (_, at) => 100 * sequence + at));

describe('realBatch', () => {
  it('holds windows of sequences with targets one ahead, padded on the right', () => {
    const lengthsOf = fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        lengthsOf,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (lengths, batchSize, length, seed) => {
          const sequences = numbered(lengths);
          const { inputs, targets, weights } = realBatch(sequences, { batchSize, length }, new RandomStream(seed)) as Record<
            string,
            Int32Array
          >;
          const drawn: number[] = [];
          for (let row = 0; row < batchSize; row++) {
            const [ids, next, mask] = [inputs, targets, weights].map((values) => [
              ...(values ?? []).slice(row * length, (row + 1) * length),
            ]);
            const count = (mask ?? []).filter((weight) => weight === 1).length;
            expect(mask).toEqual(Array.from({ length }, (_, at) => Number(at < count)));
            const first = ids?.[0] ?? -1;
            const sequence = sequences[Math.floor(first / 100)] ?? new Int32Array();
            drawn.push(Math.floor(first / 100));
            expect(count).toBe(Math.min(length, sequence.length - 1));
            const from = first % 100;
            expect(ids?.slice(0, count)).toEqual([...sequence.slice(from, from + count)]);
            expect(next?.slice(0, count)).toEqual([...sequence.slice(from + 1, from + 1 + count)]);
            expect([...(ids ?? []).slice(count), ...(next ?? []).slice(count)].every((padding) => padding === 0)).toBe(true);
          }
          expect(new Set(drawn).size).toBe(Math.min(batchSize, sequences.length));
        },
      ),
    );
  });

  it('draws every window of a long sequence', () => {
    const stream = new RandomStream(1, 'windows');
    const starts = Array.from({ length: 200 }, () => realBatch(numbered([7]), { batchSize: 1, length: 4 }, stream)['inputs']?.[0]);
    expect([...new Set(starts)].sort()).toEqual([0, 1, 2]);
  });

  it('is the same for the same stream', () => {
    const draw = (seed: number) => realBatch(numbered([9, 9, 9, 9]), { batchSize: 2, length: 3 }, new RandomStream(seed));
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });
});

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

  it('carry masks for the dropout of training, and none for the loss of distillation', () => {
    const traced = new TracedModel(tinyModel({ vocabularySize, maxLength: length, dropout: 0.3 }));
    const source = realSource(traced, sequences, { batchSize, length });
    expect(Object.keys(source.problem.batch)).toContain('dropout.0');
    expect(source.batch(new RandomStream(2))['dropout.0']).toHaveLength(batchSize * length * 4);
    expect(Object.keys(realOuterProblem(traced, { batchSize, length }).batch)).toEqual(['inputs', 'targets', 'weights']);
  });
});
