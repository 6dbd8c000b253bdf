import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { tinyModel } from '../testing/tiny-model.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { ensembleOf, membersIn } from './ensemble.js';
import { initialParameters, splitParameters } from './layout.js';
import { TracedModel } from './traced-model.js';

const [VOCABULARY, LENGTH, MEMBERS] = [5, 3, 3];
const ids = [0, 1, 2, 3, 4, 0];

/** Logits of flat weights, as `predictions` and by the model's own function. */
async function logitsOf(traced: TracedModel, weights: Float32Array): Promise<{ predicted: number[]; own: number[] }> {
  const graph = new Graph();
  const parameters = splitParameters(traced.layout, graph.input('weights', [weights.length]));
  const tokens = { kind: 'hard', ids: graph.input('ids', [2, LENGTH], 'int32') } as const;
  const values = { weights, ids };
  return {
    predicted: [...(await valueOf(traced.predictions(parameters, tokens).logits, values))],
    own: [...(await valueOf(traced.ownLogits(parameters, tokens), values))],
  };
}

describe('an ensemble', () => {
  it.each([true, false])('has the mean of its members’ logits (factors: %s)', async (factors) => {
    const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH, factors }));
    const each = Array.from({ length: MEMBERS }, (_, member) => initialParameters(traced.layout, new RandomStream(member)));
    const logits = await Promise.all(each.map(async (weights) => (await logitsOf(traced, weights)).own));
    const mean = (logits[0] ?? []).map((_, at) => logits.reduce((sum, values) => sum + (values[at] ?? Number.NaN), 0) / MEMBERS);
    const together = await logitsOf(ensembleOf(traced, MEMBERS), Float32Array.from(each.flatMap((weights) => [...weights])));
    expectAllClose(together.predicted, mean, 1e-5);
    expectAllClose(together.own, mean, 1e-5);
    expect(mean).not.toEqual(logits[0]);
  });

  it('is known by its weights, of which there must be those of whole members', () => {
    const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH }));
    const { size } = traced.layout;
    expect(membersIn(traced, new Float32Array(3 * size))).toBe(3);
    for (const length of [0, size - 1, size + 1])
      expect(() => membersIn(traced, new Float32Array(length))).toThrow(`There are ${length} weights`);
  });

  it('of one is that one, and is the same whenever it is asked for', () => {
    const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH }));
    expect(ensembleOf(traced, 1)).toBe(traced);
    expect(ensembleOf(traced, 2)).toBe(ensembleOf(traced, 2));
    expect(ensembleOf(traced, 3)).not.toBe(ensembleOf(traced, 2));
  });
});
