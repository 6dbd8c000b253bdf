import { expect, it } from 'vitest';
import { Text } from '../test/terminal.js';
import { printable, printing } from './printable.js';

it('printable text does not talk to the terminal', () => {
  expect(printable('a\u001b[31mb\tc\r\nd\u0007\u009b')).toBe('a\uFFFD[31mb c\nd\uFFFD\uFFFD');
});

it('printable text has one direction, and keeps what letters are made of', () => {
  expect(printable('a\u202Eb\u2066c\u200Fd\u061C')).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFD');
  expect(printable('שלום 👩\u200D🔬 नि\u00AD')).toBe('שלום 👩\u200D🔬 नि\u00AD');
});

it('printing writes what is printable, and knows the window as it is', () => {
  const stream = Object.assign(new Text(), { isTTY: true, columns: 80 });
  const output = printing(stream);
  output.write('\u001b]0;title\u0007é\n');
  stream.columns = 100;
  expect([stream.text, output.isTTY, output.columns]).toEqual(['\uFFFD]0;title\uFFFDé\n', true, 100]);
});
