import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { engine, valueOf } from '../../test/engine.js';
import { rowsOf, softmax } from '../../test/plain.js';
import { tinyModel } from '../../test/tiny-model.js';
import type { EvaluationCase } from '../data/dataset.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { TracedModel } from '../training/objective.js';
import { ModelScorer } from './model-scorer.js';
import { windowsOf } from './windows.js';

const [LENGTH, VOCABULARY] = [4, 7];
const stream = new RandomStream(19, 'scorer');
const sequence = (length: number): Int32Array => Int32Array.from({ length }, () => stream.integer(VOCABULARY));

/** Log-probabilities of every target, each computed on its own from the inputs of its window. */
async function direct(traced: TracedModel, weights: Float32Array, each: EvaluationCase): Promise<number[]> {
  const result: number[] = [];
  for (const { from, firstTarget, end } of windowsOf(each, LENGTH)) {
    for (let at = firstTarget; at < end; at++) {
      const inputs = each.tokens.slice(from, at);
      const graph = new Graph();
      const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
      const logits = traced.ownLogits(parameters, { kind: 'hard', ids: graph.input('ids', [1, inputs.length], 'int32') });
      const last = rowsOf(await valueOf(logits, { weights, ids: inputs }), VOCABULARY).at(-1) ?? [];
      result.push(...softmax(last).map(Math.log));
    }
  }
  return result;
}

describe.each([true, false])('a scorer (model with factors: %s)', (factors) => {
  const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH, factors }));
  const weights = initialParameters(traced.layout, stream);
  const uploaded = engine.upload(weights, [weights.length]);

  it.each([
    ['leave-one-out', 1, [3, 9, 2, 5, 4].map((length) => ({ tokens: sequence(length), firstTarget: length - 1 }))],
    ['a text', LENGTH, [11, 3, 2].map((length) => ({ tokens: sequence(length), firstTarget: 1 }))],
  ] as const)('gives the log-probabilities of the model for %s', async (_name, targetsPerWindow, cases) => {
    const scorer = await ModelScorer.compile(engine, traced, { batchSize: 2, length: LENGTH, targetsPerWindow });
    const seen: [EvaluationCase, number][] = [];
    const scores: number[] = [];
    for await (const scored of scorer.scorer(uploaded)(cases)) {
      seen.push(...scored.predictions.map(({ case: each, at }) => [each, at] as [EvaluationCase, number]));
      scores.push(...scored.scores.subarray(0, scored.predictions.length * VOCABULARY));
    }
    expect(seen).toEqual(
      cases.flatMap((each) =>
        Array.from({ length: each.tokens.length - each.firstTarget }, (_, index) => [each, each.firstTarget + index]),
      ),
    );
    const expected: number[] = [];
    for (const each of cases) expected.push(...(await direct(traced, weights, each)));
    expectAllClose(scores, expected, 1e-5);
    await scorer.dispose();
  });

  it('refuses more targets than it was made for', async () => {
    const scorer = await ModelScorer.compile(engine, traced, { batchSize: 2, length: LENGTH, targetsPerWindow: 1 });
    const several = [{ tokens: sequence(4), firstTarget: 1 }];
    const first = (): unknown => scorer.scorer(uploaded)(several)[Symbol.asyncIterator]().next();
    expect(await errorOf(first)).toMatchObject({
      code: 'FARZI_INTERNAL',
      message: 'a scorer with room for 2 predictions was given 3',
    });
    await scorer.dispose();
  });
});
