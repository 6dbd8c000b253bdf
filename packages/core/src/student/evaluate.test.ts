import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { histories, ITEMS, quickly, text, tiny, writer } from '../../test/tiny-library.js';
import { occurrencesOf } from '../data/counts.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import { metricOf, type Observation } from '../evaluation/metric.js';
import { defineMetric } from '../plugin/define.js';
import { evaluate } from './evaluate.js';
import type { Student } from './student.js';
import { trainStudent } from './train-student.js';

const { engine, training } = quickly;
const { train, validation, test: cases } = leaveOneOut(histories);
let student: Student;
let author: Student;
beforeAll(async () => {
  student = await trainStudent({ engine, model: tiny(), data: { sequences: train, validation }, maxLength: 6, training });
  author = await trainStudent({ engine, model: writer(), data: { sequences: text }, maxLength: 6, training });
});

/** A metric that keeps what it observes. */
function watching(needs: readonly ('characters' | 'occurrences')[] = []) {
  const observed: Observation[] = [];
  const contexts: unknown[] = [];
  const definition = defineMetric({
    ...{ id: 'watch', tasks: ['recommendation', 'language'], cutoff: 'none', smallerIsBetter: false, needs },
    start: (_cutoff, context) => {
      contexts.push(context);
      return { observe: (each) => observed.push(each), result: () => observed.length };
    },
  });
  return { metric: metricOf(definition, 'watch'), observed, contexts };
}

describe('evaluate', () => {
  it('gives built-in metrics and others over all targets, by their keys', async () => {
    const { metric, observed } = watching();
    const metrics = await evaluate({ engine, student, cases, metrics: ['hr@3', 'ndcg@3', 'mrr', metric] });
    expect(Object.keys(metrics)).toEqual(['hr@3', 'ndcg@3', 'mrr', 'watch']);
    const ranks = observed.map(({ rank }) => rank);
    expect(ranks).toHaveLength(histories.length);
    expect(metrics['hr@3']).toBe(ranks.filter((rank) => rank <= 3).length / ranks.length);
    expect(metrics['mrr']).toBeCloseTo(ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length, 12);
    expect(observed.map(({ target, case: index }) => [index, target])).toEqual(cases.map(({ tokens }, index) => [index, tokens.at(-1)]));
  });

  it('leaves out what was seen, unless it is told not to', async () => {
    const better = async (maskSeen?: boolean) => {
      const { metric, observed } = watching();
      await evaluate({ engine, student, cases, metrics: [metric], ...(maskSeen === undefined ? {} : { maskSeen }) });
      return observed.map(({ rank }) => rank);
    };
    const [usual, masked, whole] = [await better(), await better(true), await better(false)];
    expect(usual).toEqual(masked);
    expect(usual).not.toEqual(whole);
    usual.forEach((rank, index) => expect(rank).toBeLessThanOrEqual(whole[index] ?? 0));
  });

  it('does not depend on how many windows are scored at once', async () => {
    const of = (batchSize: number) => evaluate({ engine, student, cases, metrics: ['ndcg@10', 'mrr'], batchSize });
    expect(await of(7)).toEqual(await of(128));
  });

  it('evaluates language, with characters where they are given', async () => {
    const characters = Array.from({ length: ITEMS }, () => 2);
    const given = { engine, student: author, cases: [{ tokens: text[0] as Int32Array, firstTarget: 1 }] };
    const { perplexity = 0, bitsPerCharacter } = await evaluate({ ...given, metrics: ['perplexity', 'bitsPerCharacter'], characters });
    expect(bitsPerCharacter).toBeCloseTo(Math.log2(perplexity) / 2, 6);
  });

  it('tells metrics how often tokens occur in the training data', async () => {
    const occurrences = occurrencesOf(train, ITEMS);
    const [known, unknown] = [watching(['occurrences']), watching()];
    await evaluate({ engine, student, cases, metrics: [known.metric, unknown.metric], occurrences });
    expect(known.contexts).toEqual([{ vocabularySize: ITEMS, occurrences }]);
    await evaluate({ engine, student, cases, metrics: [unknown.metric] });
    expect(unknown.contexts.at(-1)).toEqual({ vocabularySize: ITEMS, occurrences: new Float64Array(ITEMS) });
  });

  const request = () => ({ engine, student, cases, metrics: ['mrr'] });
  it.each<[string, () => Parameters<typeof evaluate>[0], string, string]>([
    ['an unknown metric', () => ({ ...request(), metrics: ['f1@10'] }), 'FARZI_CONTRIBUTION_UNKNOWN', 'There is no built-in metric "f1".'],
    [
      'a missing cutoff',
      () => ({ ...request(), metrics: ['ndcg'] }),
      'FARZI_CONFIG_INVALID',
      'The metric "ndcg" needs a whole positive cutoff, as in ndcg@10.',
    ],
    [
      'a cutoff too many',
      () => ({ ...request(), metrics: ['mrr@10'] }),
      'FARZI_CONFIG_INVALID',
      'The metric "mrr@10" takes no cutoff: write mrr.',
    ],
    [
      'a metric of another task',
      () => ({ ...request(), metrics: ['perplexity'] }),
      'FARZI_CONFIG_INVALID',
      'The metric "perplexity" is for language, not for recommendation.',
    ],
    [
      'leaving out what a text had',
      () => ({ ...request(), student: author, metrics: ['perplexity'], maskSeen: true }),
      'FARZI_CONFIG_INVALID',
      'The option maskSeen is for recommendation: a text may well repeat a token.',
    ],
    [
      'characters that are not given',
      () => ({ ...request(), student: author, metrics: ['bitsPerCharacter'] }),
      'FARZI_CONFIG_INVALID',
      'The metric "bitsPerCharacter" needs characters.',
    ],
    [
      'occurrences that are not given',
      () => ({ ...request(), metrics: [watching(['occurrences']).metric] }),
      'FARZI_CONFIG_INVALID',
      'The metric "watch" needs occurrences.',
    ],
    [
      'too few characters',
      () => ({ ...request(), student: author, metrics: ['bitsPerCharacter'], characters: [1] }),
      'FARZI_DATA_INVALID',
      `There are 1 characters for ${ITEMS} tokens.`,
    ],
    [
      'too few occurrences',
      () => ({ ...request(), occurrences: new Float64Array(3) }),
      'FARZI_DATA_INVALID',
      `There are 3 occurrences for ${ITEMS} tokens.`,
    ],
    ['no cases', () => ({ ...request(), cases: [] }), 'FARZI_DATA_INVALID', 'The evaluation has no cases.'],
    [
      'an unknown token',
      () => ({ ...request(), cases: [{ tokens: Int32Array.of(0, ITEMS), firstTarget: 1 }] }),
      'FARZI_DATA_INVALID',
      `The evaluation holds the token ${ITEMS} in case 0 at 1, outside its vocabulary of ${ITEMS}.`,
    ],
    [
      'nothing to predict',
      () => ({ ...request(), cases: [{ tokens: Int32Array.of(0, 1), firstTarget: 2 }] }),
      'FARZI_DATA_INVALID',
      'The evaluation has its first target at 2 in case 0 of 2 tokens.',
    ],
    [
      'plain arrays',
      () => ({ ...request(), cases: [{ tokens: [0, 1], firstTarget: 1 } as never] }),
      'FARZI_DATA_INVALID',
      'The evaluation has a case 0 that is no Int32Array.',
    ],
  ])('refuses %s', async (_what, given, code, message) => {
    expect(await errorOf(() => evaluate(given()))).toMatchObject({ code, message });
  });
});
