import { describe, expect, it } from 'vitest';
import { temporaryFile } from '../../../test/support/files.js';
import { errorOf } from '../../../test/support/rejection.js';
import { inTimeOrder } from '../events.js';
import { readDelimited, type DelimitedFormat } from './delimited.js';

const csv: DelimitedFormat = { delimiter: ',', quoted: true, encoding: 'utf8', header: true, typedHeader: false, columns: undefined };

async function itemsOf(path: string, format: DelimitedFormat) {
  const { log, timed } = await readDelimited(path, format, undefined);
  return { items: inTimeOrder(log).map((history) => history.map((item) => log.items[item])), timed };
}

describe('readDelimited', () => {
  it.each([
    ['\\n', '\n', ''],
    ['\\r\\n', '\r\n', ''],
    ['\\n and a byte order mark', '\n', '\uFEFF'],
    ['\\r\\n and a byte order mark', '\r\n', '\uFEFF'],
  ])('reads CSV with %s', async (_name, end, mark) => {
    const path = await temporaryFile('a.csv', mark + ['user,item,timestamp', 'u,"a, b",2', '', 'u,c,1'].join(end));
    expect(await itemsOf(path, csv)).toEqual({ items: [['c', 'a, b']], timed: true });
  });

  it('reads line ends that change within the file', async () => {
    const path = await temporaryFile('a.csv', 'user,item\nu,a\r\nu,b\nu,c\r\n');
    expect(await itemsOf(path, csv)).toEqual({ items: [['a', 'b', 'c']], timed: false });
  });

  it('strips the types off a RecBole header', async () => {
    const path = await temporaryFile('a.inter', 'user_id:token\titem_id:token\ttimestamp:float\nu\t5" disk\t2.5\nu\tb\t1.5\n');
    expect(await itemsOf(path, { ...csv, delimiter: '\t', quoted: false, typedHeader: true })).toEqual({
      items: [['b', '5" disk']],
      timed: true,
    });
  });

  it('reads delimiters of several characters', async () => {
    const path = await temporaryFile('ratings.dat', '1::10::5::200\n1::20::3::100\n');
    expect(
      await itemsOf(path, { ...csv, delimiter: '::', quoted: false, header: false, columns: { user: 0, item: 1, timestamp: 3 } }),
    ).toEqual({ items: [['20', '10']], timed: true });
  });
});

describe('readDelimited refuses', () => {
  it('a row without a needed field', async () => {
    const path = await temporaryFile('a.csv', 'user,item,timestamp\nu,a,1\n\nu,b\n');
    expect(await errorOf(readDelimited(path, csv, undefined))).toEqual({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message: `Line 4 of ${path} has only 2 fields, and the timestamp is in column 3 (timestamp).`,
      hint: 'Complete or remove that line. If every line is like it, check delimiter, header and columns.',
    });
  });

  it('an empty field', async () => {
    const path = await temporaryFile('a.csv', 'user,item\nu, \n');
    expect(await errorOf(readDelimited(path, csv, undefined))).toMatchObject({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message: `Line 2 of ${path} has an empty item in column 2 (item).`,
    });
  });

  it('a timestamp that is not a number', async () => {
    const path = await temporaryFile('a.csv', 'user,item,timestamp\nu,a,1\nu,b,2005-09-06\n');
    expect(await errorOf(readDelimited(path, csv, undefined))).toEqual({
      code: 'FARZI_DATA_NOT_A_NUMBER',
      message: `Line 3 of ${path} has the timestamp "2005-09-06" in column 3 (timestamp), which is not a number.`,
      hint: 'Times are numbers, such as seconds since 1970. If this is the header, set header: true; if the lines are in time order already, give columns without timestamp.',
    });
  });

  it.each([
    ['of one field', Buffer.alloc(2 ** 21, 'x')],
    ['of nothing but delimiters', Buffer.alloc(2 ** 21, ',')],
  ])('a line without an end, %s', async (_name, line) => {
    const path = await temporaryFile('a.csv', Buffer.concat([Buffer.from('user,item\n'), line]));
    expect(await errorOf(readDelimited(path, csv, undefined))).toEqual({
      code: 'FARZI_DATA_TOO_LARGE',
      message: `Line 2 of ${path} is longer than 1,048,576 bytes.`,
      hint: 'Check that the file is text of the format that was chosen, and break that line into several.',
    });
  });

  it('a header of a hundred thousand columns', async () => {
    const path = await temporaryFile('a.csv', `${Array.from({ length: 100_000 }, (_, index) => `c${index}`).join()}\n`);
    expect(await errorOf(readDelimited(path, csv, undefined))).toEqual({
      code: 'FARZI_DATA_TOO_LARGE',
      message: `Line 1 of ${path} has 100,000 fields, and at most 10,000 are read.`,
      hint: 'Check the delimiter, or leave out columns: the user, the item and the time are enough.',
    });
  });

  it('a header it cannot use, showing its beginning', async () => {
    const path = await temporaryFile('a.csv', `${Array.from({ length: 10_000 }, (_, index) => `c${index}${'x'.repeat(90)}`).join()}\n`);
    const { code, message } = await errorOf(readDelimited(path, csv, undefined));
    expect(code).toBe('FARZI_DATA_MISSING_COLUMN');
    expect(message.length).toBeLessThan(1500);
    expect(message).toMatch(/, c19x+…, and 9,980 more\.$/);
  });

  it('a quote that nothing closes', async () => {
    const path = await temporaryFile('a.csv', `user,item\nu,"${'u,a\n'.repeat(2 ** 19)}`);
    expect(await errorOf(readDelimited(path, csv, undefined))).toEqual({
      code: 'FARZI_DATA_TOO_LARGE',
      message: expect.stringMatching(/^The record of \S+a\.csv that goes on in line 262,\d\d\d has more than 1,048,576 characters\.$/),
      hint: 'Check the quotes: one that is not closed takes all that follows into its field.',
    });
  });

  it('broken quotes', async () => {
    const path = await temporaryFile('a.csv', 'user,item\nu,5" disk\n');
    expect(await errorOf(readDelimited(path, csv, undefined))).toEqual({
      code: 'FARZI_DATA_UNREADABLE',
      message: `Cannot read ${path}: Invalid Opening Quote: a quote is found on field 1 at line 2, value is "5"`,
      hint: 'Check the quotes around that line, and that the delimiter is the right one.',
    });
  });
});
