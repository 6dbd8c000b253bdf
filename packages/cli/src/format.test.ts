import { expect, it } from 'vitest';
import { countText, percentText, secondsText, statisticText } from './format.js';

it('writes statistics with as many decimals as they need', () => {
  const text = (mean: number, deviation: number, count = 3) => statisticText({ mean, deviation, count }, ' ± ');
  expect([text(0.12345, 0.001), text(45.678, 1.5), text(345.67, 12.3), text(0.5, 0, 1), text(Number.NaN, 0)]).toEqual([
    '0.1235 ± 0.0010',
    '45.68 ± 1.50',
    '345.7 ± 12.3',
    '0.5000',
    '-',
  ]);
});

it('writes counts, shares and seconds', () => {
  expect([countText(1234567), countText(undefined), countText(Number.NaN)]).toEqual(['1,234,567', '-', '-']);
  expect([percentText(1.05), percentText(0.0521), percentText(0.00052), percentText(undefined)]).toEqual([
    '105.0 %',
    '5.21 %',
    '0.052 %',
    '-',
  ]);
  expect([secondsText(1.234), secondsText(12.34), secondsText(123.4), secondsText(undefined)]).toEqual(['1.23', '12.3', '123', '-']);
});
