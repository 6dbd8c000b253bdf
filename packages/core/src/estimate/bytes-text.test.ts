import { expect, it } from 'vitest';
import { bytesText } from './bytes-text.js';

it('writes bytes in the unit that suits them', () => {
  expect([0, 1023, 2048, 5.25 * 2 ** 20, 512 * 2 ** 20, 1.2 * 2 ** 30, 2 ** 47, 2 ** 70].map(bytesText)).toEqual([
    ...['0 B', '1,023 B', '2 kB', '5.3 MB', '512 MB', '1.2 GB', '128 TB', '1,048,576 PB'],
  ]);
});
