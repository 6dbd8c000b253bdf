import { describe, expect, it } from 'vitest';
import { product, rowsOf } from '../../test/plain.js';
import { RandomStream } from '../random/stream.js';
import { randomSynthetic } from './random.js';
import type { SyntheticShape } from './synthetic.js';
import { sequenceWindows } from './windows.js';

const stream = new RandomStream(13, 'initialise');
const shape = (changes: Partial<SyntheticShape> = {}): SyntheticShape => ({
  sequences: 3,
  length: 4,
  rank: 6,
  vocabularySize: 12,
  temperature: 1,
  matchingTemperature: 1,
  inputs: 'hard',
  ...changes,
});
const numbered = (lengths: readonly number[]): Int32Array[] =>
  lengths.map((length, sequence) => Int32Array.from({ length }, (_, at) => 100 * sequence + at));

describe('randomSynthetic', () => {
  it.each([0.5, 1, 2])('starts with logits of standard deviation near 1 at temperature %d', (temperature) => {
    const given = shape({ sequences: 40, length: 10, rank: 8, vocabularySize: 300, temperature, inputs: 'soft' });
    const windows = { ids: new Int32Array(400), weights: new Float32Array(400) };
    const { latents, decoder, weights, ids } = randomSynthetic(given, windows, stream);
    const logits = product(rowsOf(latents, 8).slice(0, 200), rowsOf(decoder, 300)).flat();
    const deviation = Math.sqrt(logits.reduce((sum, value) => sum + (value / temperature) ** 2, 0) / logits.length);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.1);
    expect(latents).toHaveLength(40 * 11 * 8);
    expect(weights.every((weight) => weight === 1)).toBe(true);
    expect(ids).toBeUndefined();
  });

  it('keeps the windows of hard inputs', () => {
    const windows = sequenceWindows(numbered([3, 9, 9]), shape(), stream.child('hard'));
    const data = randomSynthetic(shape(), windows, stream);
    expect(data.ids).toEqual(windows.ids);
    expect(data.weights).toEqual(windows.weights);
    expect(data.latents).toHaveLength(3 * 4 * 6);
  });
});
