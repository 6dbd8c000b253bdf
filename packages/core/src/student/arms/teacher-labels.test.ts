import { expect, it } from 'vitest';
import { armContext } from '../../../test/arm-context.js';
import { expectAllClose } from '../../../test/allclose.js';
import { product, rowsOf, softmax, transposed } from '../../../test/plain.js';
import { distributionAt } from '../../synthetic/hard.js';
import { requireTeacher } from '../../synthetic/teacher-view.js';
import { teacherLabels } from './teacher-labels.js';

it.each(['soft', 'hard'] as const)('teacher-labels are all that the teacher predicts, beside data of %s inputs', async (inputs) => {
  const context = armContext(inputs, true);
  const arm = await teacherLabels.create({}, context);
  if (!('data' in arm) || arm.data.kind !== 'synthetic') throw new TypeError('no synthetic data');
  const { data } = arm.data;
  expect(data).toMatchObject({ sequences: 5, length: 4, inputs: 'hard', vocabularySize: 11 });
  const ids = data.ids ?? new Int32Array();
  const { hidden, table, width } = await requireTeacher(context.teacher).factorsOf({ ids });
  const expected = product(rowsOf(hidden, width), transposed(rowsOf(table, width))).map(softmax);
  for (const [at, row] of expected.entries()) expectAllClose(distributionAt(data, Math.floor(at / 4), at % 4), row, 1e-6);
  // windows of real sequences
  for (let row = 0; row < 5; row++) {
    const targets = data.weights.subarray(row * 4, (row + 1) * 4).reduce((sum, weight) => sum + weight, 0);
    const window = ids.subarray(row * 4, row * 4 + targets).join();
    expect(context.train.some((sequence) => sequence.join().includes(window))).toBe(true);
  }
});
