import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { codecOf } from '../storage/codec.js';
import { entropy, int4 } from '../storage/codecs/index.js';
import { encodeData, ratePenalty } from './encoded.js';
import { randomSynthetic } from './random.js';
import type { SyntheticData } from './synthetic.js';

const data = randomSynthetic(
  { sequences: 4, length: 8, rank: 3, vocabularySize: 40, temperature: 1, matchingTemperature: 1, inputs: 'hard' },
  { ids: new Int32Array(32), weights: new Float32Array(32).fill(1) },
  new RandomStream(3, 'synthetic'),
);

describe('the rate penalty', () => {
  const codec = codecOf(entropy({ step: 0.05 }));

  it('is the slope of the bytes, each counted as a part of the loss of a kilobyte', () => {
    const bytes = ({ latents, decoder }: SyntheticData): number =>
      Object.values(encodeData({ ...data, latents, decoder }, codec)).reduce((sum, { values }) => sum + values.byteLength, 0);
    const gradient = ratePenalty(codec, 5)?.(data);
    // steps of latents are coarser where the decoder is smaller, which saves as much again
    const smaller = { ...data, decoder: data.decoder.map((value) => 0.8 * value) };
    const promised = data.decoder.reduce((sum, value, at) => sum + 0.2 * value * (gradient?.decoder[at] ?? 0), 0);
    const saved = ((bytes(data) - bytes(smaller)) * 5) / 1000;
    expect(saved).toBeGreaterThan(promised);
    expect(saved).toBeLessThan(4 * promised);
  });

  it('is none where bytes count as nothing, or numbers take the same bytes whatever they are', () => {
    expect(ratePenalty(codec, 0)).toBeUndefined();
    expect(ratePenalty(codecOf(int4()), 5)).toBeUndefined();
  });
});
