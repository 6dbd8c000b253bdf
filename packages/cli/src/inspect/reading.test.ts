import { distributionAt, hardSequences, RandomStream, type SyntheticData } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { readSequence } from './reading.js';

const SIZES = { sequences: 2, length: 3, rank: 2, vocabularySize: 4, temperature: 1, matchingTemperature: 1 };
const stream = () => new RandomStream(5);
const closely = { positions: 2, top: 3, stream: stream(), maskSeen: false };

function data(inputs: 'soft' | 'hard', weights = [1, 1, 1, 1, 1, 1]): SyntheticData {
  const positions = inputs === 'soft' ? 4 : 3;
  return {
    ...{ ...SIZES, inputs, weights: Float32Array.from(weights) },
    latents: new RandomStream(2, 'latents').normal(2 * positions * 2, 2),
    decoder: new RandomStream(2, 'decoder').normal(2 * 4),
    ...(inputs === 'hard' ? { ids: Int32Array.of(0, 1, 2, 3, 2, 1) } : {}),
  };
}

describe('readSequence', () => {
  it.each(['soft', 'hard'] as const)('reads what the sequences say, for %s inputs', (inputs) => {
    const given = data(inputs);
    const argmax = hardSequences(given, { by: 'argmax' });
    for (const sequence of [0, 1]) {
      const reading = readSequence(given, sequence, closely);
      expect(reading.argmax).toEqual([...(argmax[sequence] ?? [])]);
      expect(reading.sampled).toHaveLength(reading.argmax.length);
    }
    const [sampled] = hardSequences(given, { by: 'sample', stream: stream() });
    expect(readSequence(given, 0, { ...closely, stream: stream() }).sampled).toEqual([...(sampled ?? [])]);
  });

  it('has the real inputs where there are any', () => {
    expect(readSequence(data('hard'), 1, closely).inputs).toEqual([3, 2, 1]);
    expect(readSequence(data('soft'), 1, closely).inputs).toBeUndefined();
  });

  it('lists the likeliest tokens of the first positions, and averages over all', () => {
    const given = data('soft');
    const { likeliest, largestMass, entropy } = readSequence(given, 1, closely);
    const distributions = [0, 1, 2, 3].map((position) => [...distributionAt(given, 1, position)]);
    const sorted = distributions.map((each) => [...each].sort((a, b) => b - a));
    expect(likeliest.map((tokens) => tokens.map(({ probability }) => probability))).toEqual(
      sorted.slice(0, 2).map((each) => each.slice(0, 3)),
    );
    for (const [position, tokens] of likeliest.entries())
      for (const { token, probability } of tokens) expect(distributions[position]?.[token]).toBe(probability);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(largestMass).toBeCloseTo(mean(sorted.map(([largest]) => largest ?? 0)), 12);
    expect(entropy).toBeCloseTo(mean(distributions.map((each) => -each.reduce((sum, p) => sum + p * Math.log(p), 0))), 12);
  });

  it('leaves what was read out of targets, and says how much mass that had', () => {
    const given = data('hard');
    const reading = readSequence(given, 0, { ...closely, maskSeen: true });
    const whole = [0, 1, 2].map((position) => [...distributionAt(given, 0, position)]);
    // the inputs are 0, 1, 2: only the token 3 is left after all of them
    const seen = whole.map((each, position) => each.slice(0, position + 1).reduce((sum, p) => sum + p, 0));
    expect(reading.seenMass).toBeCloseTo(seen.reduce((sum, p) => sum + p, 0) / 3, 12);
    expect(reading.inputs).toEqual([0, 1, 2]);
    expect([reading.argmax[2], reading.sampled[2]]).toEqual([3, 3]);
    for (const [position, tokens] of reading.likeliest.entries()) {
      const left = 1 - (seen[position] ?? 0);
      for (const { token, probability } of tokens)
        expect(probability).toBeCloseTo(token <= position ? 0 : (whole[position]?.[token] ?? 0) / left, 12);
    }
    expect(readSequence(given, 0, closely).seenMass).toBeUndefined();
    const soft = (mask: boolean) => readSequence(data('soft'), 0, { ...closely, stream: stream(), maskSeen: mask });
    expect(soft(true)).toEqual(soft(false));
  });

  it('leaves nothing out where nothing else is likely', () => {
    const flat = { ...data('hard'), vocabularySize: 4, decoder: new Float32Array(8) };
    const read = (ids: readonly number[]) => readSequence({ ...flat, ids: Int32Array.from(ids) }, 0, { ...closely, maskSeen: true });
    expect(read([0, 1, 2, 0, 0, 0]).seenMass).toBeCloseTo((1 / 4 + 2 / 4 + 3 / 4) / 3, 12);
    const all = { ...flat, vocabularySize: 2, decoder: new Float32Array(4), ids: Int32Array.of(0, 1, 0, 0, 0, 0) };
    const { likeliest, seenMass } = readSequence(all, 0, { ...closely, maskSeen: true });
    expect(likeliest.map((tokens) => tokens.map(({ token }) => token))).toEqual([[1], [0, 1]]);
    expect(seenMass).toBeCloseTo(1 / 2 / 3, 12);
  });

  it('ends where nothing is learned any more', () => {
    const padded = [1, 1, 1, 1, 0, 0];
    expect(readSequence(data('hard', padded), 1, closely)).toMatchObject({ inputs: [3], argmax: { length: 1 } });
    // the position before the first target is an input
    expect(readSequence(data('soft', padded), 1, closely).argmax).toHaveLength(2);
    expect(readSequence(data('soft', padded), 0, closely).argmax).toHaveLength(4);
  });

  it('knows a distribution that is certain, and one that knows nothing', () => {
    const flat = { ...data('soft'), latents: new Float32Array(16) };
    const { entropy, largestMass } = readSequence(flat, 0, closely);
    expect([Math.exp(entropy), largestMass]).toEqual([expect.closeTo(4, 10), 0.25]);
    const certain = { ...data('soft'), latents: new Float32Array(16).fill(1e6) };
    expect(readSequence(certain, 0, closely)).toMatchObject({ largestMass: 1, entropy: expect.closeTo(0, 10) as number });
  });
});
