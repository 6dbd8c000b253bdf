import { expect, it } from 'vitest';
import { durationText } from './duration-text.js';

it('writes hours, minutes and seconds', () => {
  expect([durationText(0.4), durationText(59.6), durationText(200), durationText(7530)]).toEqual([
    '0 s',
    '1 min 00 s',
    '3 min 20 s',
    '2 h 05 min',
  ]);
});
