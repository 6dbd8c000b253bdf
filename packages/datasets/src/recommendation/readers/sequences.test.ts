import { describe, expect, it } from 'vitest';
import { temporaryFile } from '../../../test/support/files.js';
import { errorOf } from '../../../test/support/rejection.js';
import { inTimeOrder } from '../events.js';
import { readSequences } from './sequences.js';

async function sequencesOf(content: string, delimiter?: string) {
  const log = await readSequences(await temporaryFile('a.txt', content), { delimiter, encoding: 'utf8' }, undefined);
  return inTimeOrder(log).map((history) => history.map((item) => log.items[item]));
}

describe('readSequences', () => {
  it('reads one user a line, separated by any blanks', async () => {
    expect(await sequencesOf('\uFEFF1 a b  c\r\n\r\n2\tc d \r\n3 a')).toEqual([['a', 'b', 'c'], ['c', 'd'], ['a']]);
  });

  it('joins the lines of one user', async () => {
    expect(await sequencesOf('1 a b\n2 x\n1 c\n')).toEqual([['a', 'b', 'c'], ['x']]);
  });

  it('splits at a given delimiter only', async () => {
    expect(await sequencesOf('1,the matrix,alien\r\n', ',')).toEqual([['the matrix', 'alien']]);
  });
});

describe('readSequences refuses', () => {
  const hint = 'A line of a sequences file is `user item item ...`. Complete or remove that line, or check format and delimiter.';

  it('a line without items', async () => {
    const path = await temporaryFile('a.txt', '1 a b\n2\n');
    expect(await errorOf(readSequences(path, { encoding: 'utf8' }, undefined))).toEqual({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message: `Line 2 of ${path} has a user but no items.`,
      hint,
    });
  });

  it('an empty item', async () => {
    const path = await temporaryFile('a.txt', '1,a,,b\n');
    expect(await errorOf(readSequences(path, { delimiter: ',', encoding: 'utf8' }, undefined))).toEqual({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message: `Line 1 of ${path} has an empty item.`,
      hint,
    });
  });
});
