import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { codecOf, type StorageCodec } from '../storage/codec.js';
import { entropy } from '../storage/codecs/index.js';
import { decoderAims } from './decoder-aims.js';
import { asStored } from './encoded.js';
import { distributionAt } from './hard.js';
import type { SyntheticData } from './synthetic.js';

const rank = 4;
const [sequences, length, tokens] = [4, 10, 60];
const positions = sequences * length;
const stream = new RandomStream(5, 'decoder aims');
/** What a position's numbers have in common is most of them. */
const common = stream.normal(positions);
const latents = stream.normal(positions * rank).map((value, at) => 0.5 * value + (common[Math.floor(at / rank)] as number));
const table = stream.normal(tokens * rank);
const weights = Float32Array.from({ length: positions }, (_, at) => (at % 7 === 0 ? 0 : 1));
const data: SyntheticData = {
  ...{
    sequences,
    length,
    rank,
    vocabularySize: tokens,
    temperature: 1.5,
    matchingTemperature: 2,
    inputs: 'hard',
    latents,
    weights,
    ids: new Int32Array(positions),
  },
  decoder: Float32Array.from({ length: rank * tokens }, (_, at) => table[(at % tokens) * rank + Math.floor(at / tokens)] as number),
};
/** As students are compared with them. */
const softened = { ...data, temperature: 3 };
const coarse = latents.map((value) => Math.round(value * 2) / 2);

function curvatureOf(root: Float64Array): number[] {
  const lower = Matrix.from1DArray(rank, rank, root);
  return lower.mmul(lower.transpose()).to1DArray();
}

/** What a row costs: weighted squared errors of the logits, over the positions that count. */
function cost(token: number, row: ArrayLike<number>): number {
  const product = (values: Float32Array, position: number, other: ArrayLike<number>): number =>
    Array.from({ length: rank }, (_, place) => (values[position * rank + place] as number) * (other[place] as number)).reduce(
      (sum, each) => sum + each,
    );
  const own = table.subarray(token * rank, (token + 1) * rank);
  const shares = Array.from(
    { length: positions },
    (_, at) => (distributionAt(softened, Math.floor(at / length), at % length)[token] as number) * (weights[at] as number),
  );
  const least = shares.reduce((sum, each) => sum + each) / weights.filter((weight) => weight > 0).length;
  return shares.reduce(
    (sum, share, at) => (share < least ? sum : sum + share * (product(coarse, at, row) - product(latents, at, own)) ** 2),
    0,
  );
}

describe('decoderAims', () => {
  const given = { ...data, decoder: table, stored: coarse };

  it('are where the errors of the logits, and a little of the row itself, cost least', () => {
    for (const token of [0, 17, 59]) {
      const { values, root } = decoderAims(given)(token);
      const curvature = curvatureOf(root);
      const trace = Array.from({ length: rank }, (_, place) => curvature[place * (rank + 1)] as number).reduce((sum, each) => sum + each);
      // of the curvature 1 / 1.3 are of the positions, and the rest is damping, the same in each direction
      const damping = (0.3 * trace) / 1.3 / rank;
      const damped = (row: ArrayLike<number>): number =>
        Array.from(
          { length: rank },
          (_, place) => damping * ((row[place] as number) - (table[token * rank + place] as number)) ** 2,
        ).reduce((sum, each) => sum + each, cost(token, row));
      const least = damped(values);
      for (let place = 0; place < rank; place++)
        for (const by of [-0.1, 0.1]) {
          const moved = values.map((value, at) => (at === place ? value + by : value));
          expect(damped(moved) - least).toBeCloseTo(by ** 2 * (curvature[place * (rank + 1)] as number), 6);
        }
    }
  });

  it('are the rows themselves where latents lost nothing', () => {
    const { values } = decoderAims({ ...given, stored: latents })(3);
    values.forEach((value, place) => expect(value).toBeCloseTo(table[3 * rank + place] as number, 5));
  });

  it('are the rows themselves where no position counts', () => {
    const { values, root } = decoderAims({ ...given, weights: new Float32Array(positions) })(3);
    values.forEach((value, place) => expect(value).toBeCloseTo(table[3 * rank + place] as number, 6));
    expect(Array.from(root)).toEqual(Array.from({ length: rank * rank }, (_, at) => (at % (rank + 1) === 0 ? 1 : 0)));
  });

  it.each([90, 300, 1e20])('are finite where logits are %d times as large, and most tokens next to impossible', (times) => {
    const large = table.map((value) => times * value);
    const aimOf = decoderAims({ ...given, decoder: large });
    for (let token = 0; token < tokens; token++) {
      const { values, root } = aimOf(token);
      expect([...values, ...root].every(Number.isFinite)).toBe(true);
      for (let place = 0; place < rank; place++) expect(root[place * (rank + 1)]).toBeGreaterThan(0);
    }
  });

  it('let coarsely stored data lose less of their targets', () => {
    const codec = codecOf(entropy({ step: 0.5 }));
    const alone: StorageCodec = {
      encode: (values, shape, importance) => codec.encode(values, shape, importance),
      decode: (parts, shape) => codec.decode(parts, shape),
    };
    const lost = (stored: SyntheticData): number => {
      let divergence = 0;
      for (const [at, weight] of weights.entries()) {
        const [before, after] = [softened, { ...stored, temperature: softened.temperature }].map((each) =>
          distributionAt(each, Math.floor(at / length), at % length),
        );
        before?.forEach((share, token) => (divergence += weight * share * Math.log(share / (after?.[token] as number))));
      }
      return divergence;
    };
    expect(lost(asStored(data, codec))).toBeLessThan(0.7 * lost(asStored(data, alone)));
    expect(asStored(asStored(data, codec), codec)).toEqual(asStored(data, codec));
  });
});
