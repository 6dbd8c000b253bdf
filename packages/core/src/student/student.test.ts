import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { histories, ITEMS, quickly, tiny } from '../../test/tiny-library.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import type { Student } from './student.js';
import { trainStudent } from './train-student.js';

const { engine, training } = quickly;
const { train, validation } = leaveOneOut(histories);
const vocabulary = Array.from({ length: ITEMS }, (_, id) => `item ${id}`);
let student: Student;
beforeAll(async () => {
  student = await trainStudent({ engine, model: tiny(), data: { sequences: train, validation, vocabulary }, maxLength: 6, training });
});

describe('the first k', () => {
  const knows = `The student knows ${ITEMS} tokens: names of its vocabulary, or ids from 0 to ${ITEMS - 1}.`;
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
      message: `k must be a whole number from 1, got ${k}.`,
    });
  });
});
