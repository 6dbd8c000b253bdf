import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { engine, valueOf } from '../../test/engine.js';
import { crossEntropy, product, rowsOf, softmax } from '../../test/plain.js';
import { tinyModel } from '../testing/tiny-model.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import { TracedModel } from '../model/traced-model.js';
import { syntheticBatch, syntheticProblem, syntheticSource, uploadSynthetic } from './source.js';
import { latentPositions, type SyntheticData } from './synthetic.js';

const [SEQUENCES, LENGTH, RANK, VOCABULARY] = [4, 3, 2, 5];
const stream = new RandomStream(17, 'source');

function summary(inputs: 'soft' | 'hard', matchingTemperature = 1): SyntheticData {
  const sizes = {
    sequences: SEQUENCES,
    length: LENGTH,
    rank: RANK,
    vocabularySize: VOCABULARY,
    temperature: 0.8,
    matchingTemperature,
    inputs,
  };
  return {
    ...sizes,
    latents: stream.child(inputs).normal(SEQUENCES * latentPositions(sizes) * RANK),
    decoder: stream.child('decoder').normal(RANK * VOCABULARY),
    weights: Float32Array.from({ length: SEQUENCES * LENGTH }, (_, at) => Number(at !== 5)),
    ...(inputs === 'hard' ? { ids: Int32Array.from({ length: SEQUENCES * LENGTH }, (_, at) => at % VOCABULARY) } : {}),
  };
}

/** Distributions of every synthetic token, by sequence and position. */
function distributions({ latents, decoder, temperature, ...data }: SyntheticData): number[][][] {
  const rows = product(rowsOf(latents, RANK), rowsOf(decoder, VOCABULARY)).map((row) => softmax(row.map((value) => value / temperature)));
  const positions = latentPositions(data);
  return Array.from({ length: SEQUENCES }, (_, sequence) => rows.slice(sequence * positions, (sequence + 1) * positions));
}

describe('the loss on synthetic data', () => {
  it.each([
    ['soft', 1, true],
    ['soft', 2.5, true],
    ['hard', 1, true],
    ['hard', 2.5, true],
    ['hard', 2.5, false],
  ] as const)(
    'is the cross-entropy of decoded targets, for %s inputs matched at %d, of a model with factors: %s',
    async (inputs, matched, factors) => {
      const data = summary(inputs, matched);
      const chosen = [3, 1];
      const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH, factors }));
      const problem = syntheticProblem(traced, data, chosen.length, false);
      const batch = syntheticBatch(data, chosen);
      expect(Object.keys(batch).sort()).toEqual(Object.keys(problem.batch).sort());

      const graph = new Graph();
      const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
      const inputsOf = (specs: typeof problem.batch): Record<string, Node> =>
        Object.fromEntries(Object.entries(specs).map(([key, { shape, dtype }]) => [key, graph.input(`in.${key}`, shape, dtype)]));
      const loss = problem.loss(parameters, inputsOf(problem.meta), inputsOf(problem.batch));
      const weights = initialParameters(traced.layout, stream);
      const values = { ...batch, latents: data.latents, decoder: data.decoder };
      const named = Object.fromEntries(Object.entries(values).map(([key, each]) => [`in.${key}`, each]));

      const decoded = distributions(data);
      const softened = distributions({ ...data, temperature: data.temperature * matched });
      const [first, last] = inputs === 'soft' ? [LENGTH, 1] : [0, 0];
      const read = chosen.flatMap((sequence) => (decoded[sequence] ?? []).slice(0, first));
      const wanted = chosen.flatMap((sequence) => (softened[sequence] ?? []).slice(last));
      const tokens =
        inputs === 'soft'
          ? ({ kind: 'soft', probabilities: graph.input('read', [2, LENGTH, VOCABULARY]) } as const)
          : ({ kind: 'hard', ids: graph.input('read', [2, LENGTH], 'int32') } as const);
      const given =
        inputs === 'soft'
          ? read.flat()
          : chosen.flatMap((sequence) => [...(data.ids ?? []).slice(sequence * LENGTH, (sequence + 1) * LENGTH)]);
      const logits = rowsOf(await valueOf(traced.ownLogits(parameters, tokens), { weights, read: given }), VOCABULARY);
      const mask = chosen.flatMap((sequence) => [...data.weights.slice(sequence * LENGTH, (sequence + 1) * LENGTH)]);
      expect(mask).toContain(0);
      const matchedLogits = logits.map((row) => row.map((logit) => logit / matched));
      expectAllClose(await valueOf(loss, { weights, ...named }), [matched ** 2 * crossEntropy(matchedLogits, wanted, mask)], 1e-5);
    },
  );
});

describe('synthetic data as training data', () => {
  const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH, dropout: 0.4 }));

  it('draws distinct sequences, and all where there are fewer than asked for', () => {
    const data = summary('hard');
    const meta = uploadSynthetic(engine, data);
    const whole = syntheticSource(traced, data, meta, 100);
    expect([...(whole.batch(new RandomStream(1))['indices'] ?? [])].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    const part = syntheticSource(traced, data, meta, 3);
    for (let seed = 0; seed < 10; seed++) expect(new Set(part.batch(new RandomStream(seed))['indices']).size).toBe(3);
    expect(part.batch(new RandomStream(1))).toEqual(part.batch(new RandomStream(1)));
  });

  it('carries the rows of its ids and weights, and masks for dropout', () => {
    const data = summary('hard');
    const { indices, ids, weights, ...masks } = syntheticSource(traced, data, {}, 2).batch(new RandomStream(1));
    const rows = Array.from(indices ?? []);
    expect([...(ids ?? [])]).toEqual(rows.flatMap((row) => [...(data.ids ?? []).slice(row * LENGTH, (row + 1) * LENGTH)]));
    expect([...(weights ?? [])]).toEqual(rows.flatMap((row) => [...data.weights.slice(row * LENGTH, (row + 1) * LENGTH)]));
    expect(Object.keys(masks)).toEqual(['dropout.0']);
    expect(Object.keys(syntheticProblem(traced, data, 2, false).batch)).toEqual(['indices', 'weights', 'ids']);
  });

  it('uploads latents and decoder in their shapes', () => {
    const { latents, decoder } = uploadSynthetic(engine, summary('soft'));
    expect(latents?.shape).toEqual([SEQUENCES, LENGTH + 1, RANK]);
    expect(decoder?.shape).toEqual([RANK, VOCABULARY]);
  });
});
