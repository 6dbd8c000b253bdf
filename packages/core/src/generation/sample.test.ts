import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { softmax } from '../../test/plain.js';
import { RandomStream } from '../random/stream.js';
import { sampleToken, type SamplingOptions } from './sample.js';

const LOGITS = Float32Array.of(0.5, 2, -1, 1.5, 0);
const DRAWS = 4000;

/** How often each token is drawn. */
function frequencies(options: SamplingOptions, banned: readonly number[] = []): number[] {
  const stream = new RandomStream(3, 'frequencies');
  const counts = new Array<number>(LOGITS.length).fill(0);
  for (let draw = 0; draw < DRAWS; draw++) {
    const token = sampleToken(LOGITS, options, stream, banned);
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / DRAWS);
}

/** Probabilities among some of the tokens. */
function among(tokens: readonly number[], temperature: number): number[] {
  return softmax([...LOGITS].map((logit, token) => (tokens.includes(token) ? logit / temperature : Number.NEGATIVE_INFINITY)));
}

describe('sampleToken', () => {
  it.each([1, 0.5, 2])('draws as often as the softmax at temperature %d says', (temperature) => {
    expectAllClose(frequencies({ temperature, topK: 5 }), among([0, 1, 2, 3, 4], temperature), 0.03);
  });

  it('takes the likeliest at temperature 0, and the first of several that are', () => {
    expect(frequencies({ temperature: 0, topK: 5 })).toEqual([0, 1, 0, 0, 0]);
    expect(sampleToken(Float32Array.of(1, 3, 3), { temperature: 0, topK: 3 }, new RandomStream(1))).toBe(1);
  });

  it('draws from the likeliest only, as often as among themselves', () => {
    expectAllClose(frequencies({ temperature: 1, topK: 2 }), among([1, 3], 1), 0.03);
    expect(frequencies({ temperature: 1, topK: 1 })).toEqual([0, 1, 0, 0, 0]);
  });

  it('never draws what is banned, and takes others in its place', () => {
    expectAllClose(frequencies({ temperature: 1, topK: 2 }, [1]), among([0, 3], 1), 0.03);
    expect(frequencies({ temperature: 0, topK: 5 }, [1])).toEqual([0, 0, 0, 1, 0]);
  });

  it('stands logits that are far apart, and temperatures near 0', () => {
    const draw = (logits: readonly number[], temperature: number) =>
      sampleToken(Float32Array.from(logits), { temperature, topK: 9 }, new RandomStream(1));
    expect(draw([-1e30, 1e30, 0], 1)).toBe(1);
    expect(draw([0, 1e-3], 1e-30)).toBe(1);
  });

  it('takes one number of the stream at any temperature, so that the draws of two students stay together', () => {
    for (const temperature of [0, 1]) {
      const [used, other] = [new RandomStream(8), new RandomStream(8)];
      sampleToken(LOGITS, { temperature, topK: 3 }, used);
      other.uniform();
      expect(used.uniform()).toBe(other.uniform());
    }
  });

  it('refuses to draw where every token is banned, instead of drawing the first', async () => {
    expect(await errorOf(() => sampleToken(LOGITS, { temperature: 1, topK: 3 }, new RandomStream(8), [0, 1, 2, 3, 4]))).toMatchObject({
      code: 'FARZI_INTERNAL',
      message: 'There is no token to draw: 5 of 5 are banned.',
    });
  });
});
