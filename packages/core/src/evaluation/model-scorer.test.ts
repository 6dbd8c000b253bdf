import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { engine, valueOf } from '../../test/engine.js';
import { rowsOf, softmax } from '../../test/plain.js';
import { tinyModel } from '../testing/tiny-model.js';
import type { EvaluationCase } from '../data/dataset.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import type { Program } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import { TracedModel } from '../model/traced-model.js';
import type { ScoredTarget } from './evaluate.js';
import { ModelScorer } from './model-scorer.js';
import { windowsOf } from './windows.js';

const [LENGTH, VOCABULARY] = [4, 7];
const stream = new RandomStream(19, 'scorer');
const sequence = (length: number): Int32Array => Int32Array.from({ length }, () => stream.integer(VOCABULARY));

/** Every target of a case, ranked on its own from the inputs of its window. */
async function direct(
  traced: TracedModel,
  weights: Float32Array,
  each: EvaluationCase,
  maskSeen: boolean,
): Promise<Omit<ScoredTarget, 'case'>[]> {
  const result: Omit<ScoredTarget, 'case'>[] = [];
  for (const { from, firstTarget, end } of windowsOf(each, LENGTH)) {
    for (let at = firstTarget; at < end; at++) {
      const inputs = each.tokens.slice(from, at);
      const graph = new Graph();
      const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
      const logits = traced.ownLogits(parameters, { kind: 'hard', ids: graph.input('ids', [1, inputs.length], 'int32') });
      const row = rowsOf(await valueOf(logits, { weights, ids: inputs }), VOCABULARY).at(-1) ?? [];
      const target = each.tokens[at] ?? -1;
      const seen = maskSeen ? [...each.tokens.slice(0, at)] : [];
      const better = row.filter((logit, token) => logit > (row[target] ?? 0) && token !== target && !seen.includes(token));
      const list = row.map((_, token) => token).filter((token) => token === target || !seen.includes(token));
      list.sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
      result.push({
        ...{ target, rank: 1 + better.length, logProbability: Math.log(softmax(row)[target] ?? Number.NaN) },
        list: Int32Array.from(list),
      });
    }
  }
  return result;
}

const cases = {
  'leave-one-out': [3, 9, 2, 5, 4].map((length) => ({ tokens: sequence(length), firstTarget: length - 1 })),
  'a text': [11, 3, 2].map((length) => ({ tokens: sequence(length), firstTarget: 1 })),
};

describe.each([true, false])('a scorer (model with factors: %s)', (factors) => {
  const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH, factors }));
  const weights = initialParameters(traced.layout, stream);
  const uploaded = engine.upload(weights, [weights.length]);
  const score = async (
    given: readonly EvaluationCase[],
    maskSeen: boolean,
    flat = uploaded,
    batchSize = 2,
    listLength = 0,
  ): Promise<ScoredTarget[]> => {
    const options = { batchSize, length: LENGTH, vocabularySize: VOCABULARY, maskSeen, listLength };
    const scorer = await ModelScorer.compile(engine, traced, options, given);
    const scored: ScoredTarget[] = [];
    for await (const batch of scorer.scorer(flat)(given)) scored.push(...batch);
    await scorer.dispose();
    return scored;
  };

  it.each([
    ['leave-one-out', false],
    ['leave-one-out', true],
    ['a text', false],
    ['a text', true],
  ] as const)('gives ranks and log-probabilities of the model for %s (seen left out: %s)', async (name, maskSeen) => {
    const scored = await score(cases[name], maskSeen);
    const expected = [];
    for (const [index, each] of cases[name].entries())
      for (const target of await direct(traced, weights, each, maskSeen)) expected.push({ ...target, case: index });
    expect(scored.map((each) => [each.case, each.target, each.rank])).toEqual(expected.map((each) => [each.case, each.target, each.rank]));
    expect(scored.every(({ list }) => list.length === 0)).toBe(true);
    expectAllClose(
      scored.map(({ logProbability }) => logProbability),
      expected.map(({ logProbability }) => logProbability),
      1e-5,
    );
  });

  it.each([
    ['leave-one-out', false],
    ['leave-one-out', true],
    ['a text', true],
    ['a text', false],
  ] as const)('lists the likeliest candidates for %s (seen left out: %s)', async (name, maskSeen) => {
    const lists = (await score(cases[name], maskSeen, uploaded, 2, 3)).map(({ list }) => [...list]);
    const expected: number[][] = [];
    for (const each of cases[name]) for (const { list } of await direct(traced, weights, each, maskSeen)) expected.push([...list]);
    expect(lists).toEqual(expected.map((list) => list.slice(0, 3)));
  });

  it('gives the same for batches whose logits are looked at in several chunks', async () => {
    const text = [{ tokens: sequence(800), firstTarget: 1 }];
    const [whole, small] = [await score(text, true, uploaded, 200), await score(text, true)];
    expect(whole).toHaveLength(799);
    expect(whole.map(({ target, rank }) => [target, rank])).toEqual(small.map(({ target, rank }) => [target, rank]));
  });

  it('counts candidates that tie as half a place', async () => {
    const nothing = engine.upload(new Float32Array(weights.length), [weights.length]);
    const scored = await score(cases['a text'], false, nothing);
    expect(new Set(scored.map(({ rank }) => rank))).toEqual(new Set([1 + (VOCABULARY - 1) / 2]));
    nothing.dispose();
  });

  it('gives no rank where the model diverged', async () => {
    const broken = engine.upload(new Float32Array(weights.length).fill(Number.NaN), [weights.length]);
    for (const { rank, logProbability } of await score(cases['leave-one-out'], true, broken)) {
      expect(rank).toBeNaN();
      expect(logProbability).toBeNaN();
    }
    broken.dispose();
  });
});

it('scores fewer windows at once where their logits would take too much memory', async () => {
  const vocabularySize = 2 ** 21;
  const traced = new TracedModel(tinyModel({ vocabularySize, maxLength: LENGTH, width: 1, factors: true }));
  const compiled: number[][] = [];
  const noting = {
    ...engine,
    compile: (each: Program) => engine.compile((compiled.push(...each.inputs.map(({ shape }) => [...shape])), each)),
  };
  const options = { batchSize: 64, length: LENGTH, vocabularySize, maskSeen: false, listLength: 0 };
  const scorer = await ModelScorer.compile(noting, traced, options, cases['a text']);
  expect(compiled).toContainEqual([1, LENGTH]);
  await scorer.dispose();
});
