import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { product, rowsOf, softmax } from '../../test/plain.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { decode, decodeLogits } from './decode.js';
import { distributionAt, hardSequences } from './hard.js';
import { latentPositions, storedNumbers, type SyntheticData } from './synthetic.js';

const [SEQUENCES, LENGTH, RANK, VOCABULARY] = [2, 3, 2, 5];
const stream = new RandomStream(9, 'decode');

const data = (inputs: 'soft' | 'hard', temperature = 1): SyntheticData => {
  const sizes = {
    sequences: SEQUENCES,
    length: LENGTH,
    rank: RANK,
    vocabularySize: VOCABULARY,
    temperature,
    matchingTemperature: 1,
    inputs,
  };
  return {
    ...sizes,
    latents: stream.child(inputs).normal(SEQUENCES * latentPositions(sizes) * RANK),
    decoder: stream.child('decoder').normal(RANK * VOCABULARY),
    weights: new Float32Array(SEQUENCES * LENGTH).fill(1),
    ...(inputs === 'hard' ? { ids: new Int32Array(SEQUENCES * LENGTH) } : {}),
  };
};

function byHand({ latents, decoder, temperature }: SyntheticData): number[][] {
  const logits = product(rowsOf(latents, RANK), rowsOf(decoder, VOCABULARY));
  return logits.map((row) => softmax(row.map((value) => value / temperature)));
}

describe('decode', () => {
  it.each([1, 0.25, 3])('is the softmax of latents times decoder at temperature %d', async (temperature) => {
    const given = data('soft', temperature);
    const graph = new Graph();
    const [latents, decoder] = [graph.input('latents', [SEQUENCES, LENGTH + 1, RANK]), graph.input('decoder', [RANK, VOCABULARY])];
    const decoded = decode(latents, decoder, temperature);
    expect(decoded.shape).toEqual([SEQUENCES, LENGTH + 1, VOCABULARY]);
    expectAllClose(await valueOf(decoded, { latents: given.latents, decoder: given.decoder }), byHand(given).flat(), 1e-6);
    const logits = decodeLogits(latents, decoder, temperature);
    const expected = product(rowsOf(given.latents, RANK), rowsOf(given.decoder, VOCABULARY)).flat();
    expectAllClose(
      await valueOf(logits, { latents: given.latents, decoder: given.decoder }),
      expected.map((value) => value / temperature),
      1e-6,
    );
  });
});

describe('sizes', () => {
  it('count a position more for soft inputs, and every number that is stored', () => {
    expect(latentPositions({ inputs: 'soft', length: 10 })).toBe(11);
    expect(latentPositions({ inputs: 'hard', length: 10 })).toBe(10);
    expect(storedNumbers(data('soft'))).toBe(2 * 4 * 2 + 2 * 5);
    expect(storedNumbers(data('hard'))).toBe(2 * 3 * 2 + 2 * 5 + 2 * 3);
  });
});

describe('hard sequences', () => {
  it.each(['soft', 'hard'] as const)('agree with the decoded distributions, for %s inputs', (inputs) => {
    const given = data(inputs, 0.5);
    const positions = latentPositions(given);
    const expected = byHand(given);
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      for (let position = 0; position < positions; position++) {
        expectAllClose(distributionAt(given, sequence, position), expected[sequence * positions + position] ?? [], 1e-6);
      }
    }
    const likeliest = expected.map((row) => row.indexOf(Math.max(...row)));
    const sequences = hardSequences(given, { by: 'argmax' });
    expect(sequences.map((each) => each.length)).toEqual([positions, positions]);
    expect(sequences.flatMap((each) => [...each])).toEqual(likeliest);
  });

  it('are sampled as often as their probability says', () => {
    const given = data('soft');
    const sampler = stream.child('sampling');
    const [first] = byHand(given);
    const counts = new Array<number>(VOCABULARY).fill(0);
    for (let draw = 0; draw < 4000; draw++) {
      const token = hardSequences({ ...given, sequences: 1 }, { by: 'sample', stream: sampler })[0]?.[0] ?? -1;
      counts[token] = (counts[token] ?? 0) + 1;
    }
    expectAllClose(
      counts.map((count) => count / 4000),
      first ?? [],
      0.03,
    );
  });

  it('stand one after the other where each is decoded several times, each drawn anew', () => {
    const given = data('soft');
    const likeliest = hardSequences(given, { by: 'argmax' });
    expect(hardSequences(given, { by: 'argmax' }, 2)).toEqual([likeliest[0], likeliest[0], likeliest[1], likeliest[1]]);
    const sampled = hardSequences(given, { by: 'sample', stream: new RandomStream(1, 'copies') }, 50);
    expect(sampled).toHaveLength(100);
    const [first] = byHand(given);
    const mostLikely = first?.indexOf(Math.max(...first));
    const share = sampled.slice(0, 50).filter(([token]) => token === mostLikely).length / 50;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
  });

  it('are the same for the same stream', () => {
    const sample = (): Int32Array[] => hardSequences(data('soft'), { by: 'sample', stream: new RandomStream(1, 'same') });
    expect(sample()).toEqual(sample());
  });

  it('end where the data end', () => {
    expect(() => distributionAt(data('soft'), 2, 0)).toThrow('There is no position 0 of sequence 2.');
  });

  it.each([Number.NaN, Infinity])('does not make a token of %d', (value) => {
    const given = data('soft');
    const latents = given.latents.slice();
    latents[0] = value;
    expect(() => hardSequences({ ...given, latents }, { by: 'argmax' })).toThrow(
      expect.objectContaining({
        code: 'FARZI_NON_FINITE',
        message: 'Position 0 of synthetic sequence 0 has logits that are not finite.',
      }) as Error,
    );
  });
});
