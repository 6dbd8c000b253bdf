import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { rowsOf } from '../../test/plain.js';
import { histories, ITEMS, quickly, text, tiny, writer } from '../../test/tiny-library.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import { splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import { Student } from './student.js';
import { trainStudent } from './train-student.js';

const { engine, training } = quickly;
const { train, validation } = leaveOneOut(histories);
const vocabulary = Array.from({ length: ITEMS }, (_, id) => `item ${id}`);
let student: Student;
beforeAll(async () => {
  student = await trainStudent({ engine, model: tiny(), data: { sequences: train, validation, vocabulary }, maxLength: 6, training });
});

/** Logits after a history, by the model's own function. */
async function logitsAfter(history: readonly number[]): Promise<number[]> {
  const traced = student.traced();
  const read = history.slice(-student.maxLength);
  const graph = new Graph();
  const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
  const logits = traced.ownLogits(parameters, { kind: 'hard', ids: graph.input('ids', [1, read.length], 'int32') });
  return rowsOf(await valueOf(logits, { weights: student.weights, ids: read }), ITEMS).at(-1) ?? [];
}

/** Ids by their logits, best first, without some. */
const ranked = (logits: readonly number[], leftOut: readonly number[] = []): number[] =>
  logits
    .map((_, id) => id)
    .filter((id) => !leftOut.includes(id))
    .sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));

describe('the first k', () => {
  const given = [[3], [0, 1, 2], [5, 5, 6, 7, 8, 9, 10, 11, 0]];

  it('are those with the highest logits that the history does not hold, with names and scores', async () => {
    const lists = await student.topK(given, { engine, k: 3 });
    for (const [index, history] of given.entries()) {
      const logits = await logitsAfter(history);
      const list = lists[index] ?? [];
      expect(list.map(({ token }) => token)).toEqual(ranked(logits, history).slice(0, 3));
      expect(list.map(({ name }) => name)).toEqual(list.map(({ token }) => `item ${token}`));
      for (const { token, score, title } of list) {
        expect(score).toBeCloseTo(logits[token] ?? Number.NaN, 4);
        expect(title).toBeUndefined();
      }
    }
  });

  it('may hold what was seen, where that is asked for', async () => {
    const [list = []] = await student.topK([[0, 1, 2]], { engine, k: ITEMS, maskSeen: false });
    expect(list.map(({ token }) => token)).toEqual(ranked(await logitsAfter([0, 1, 2])));
  });

  it('are ten, or as many as are left', async () => {
    const lists = await student.topK([[0], Array.from({ length: 9 }, (_, id) => id), Array.from({ length: ITEMS }, (_, id) => id)], {
      engine,
    });
    expect(lists.map((list) => list.length)).toEqual([10, 3, 0]);
    expect((await student.topK([[0]], { engine, k: 500 }))[0]).toHaveLength(ITEMS - 1);
  });

  it('are the same for names as for ids, and for every batch', async () => {
    const [byId] = await student.topK([[0, 1, 2]], { engine });
    expect(await student.topK([['item 0', 'item 1', 'item 2']], { engine })).toEqual([byId]);
    const many = await student.topK(
      Array.from({ length: 130 }, () => Int32Array.of(0, 1, 2)),
      { engine },
    );
    expect(many).toHaveLength(130);
    for (const list of many) expect(list.map(({ token }) => token)).toEqual(byId?.map(({ token }) => token));
    expect(await student.topK([], { engine })).toEqual([]);
  });

  it('have titles where the student knows them', async () => {
    const { model, weights, maxLength } = student;
    const titled = new Student({ ...{ model, weights, maxLength, vocabulary }, titles: vocabulary.map((name) => `The ${name}`) });
    const [list = []] = await titled.topK([[0]], { engine, k: 2 });
    expect(list.map(({ title }) => title)).toEqual(list.map(({ name }) => `The ${name}`));
  });

  it('of a text may repeat it', async () => {
    const author = await trainStudent({ engine, model: writer(), data: { sequences: text }, maxLength: 6, training });
    expect((await author.topK([[0, 1, 2]], { engine, k: 500 }))[0]).toHaveLength(ITEMS);
  });

  const knows = `Give names of its vocabulary of ${ITEMS}, or ids from 0 to ${ITEMS - 1}.`;
  it.each<[string, Parameters<Student['topK']>[0], string, string]>([
    ['an empty one', [[1], []], 'History 1 is empty.', 'Give at least one item to go on from.'],
    ['an unknown name', [['item 99']], 'History 0 holds "item 99", which the student does not know.', knows],
    ['an id too large', [[ITEMS]], `History 0 holds ${ITEMS}, which the student does not know.`, knows],
    ['a negative id', [[0, -1]], 'History 0 holds -1, which the student does not know.', knows],
    ['a fraction', [[0.5]], 'History 0 holds 0.5, which the student does not know.', knows],
  ])('of a history that is %s are refused', async (_what, history, message, hint) => {
    expect(await errorOf(() => student.topK(history, { engine }))).toMatchObject({ code: 'FARZI_HISTORY', message, hint });
  });

  it.each([0, -1, 1.5, Number.NaN])('with k = %d are refused', async (k) => {
    expect(await errorOf(() => student.topK([[1]], { engine, k }))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: `The option k must be a whole number from 1, but it is ${k}.`,
    });
  });
});
