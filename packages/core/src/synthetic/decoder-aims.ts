import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { RowAim } from '../storage/codec.js';
import type { SyntheticData } from './synthetic.js';

/** Synthetic data whose latents have been rounded. */
export interface RoundedLatents extends Pick<SyntheticData, 'latents' | 'rank' | 'temperature' | 'inputs' | 'weights'> {
  /** The latents as they are stored. */
  readonly stored: Float32Array;
  /** In the order `[vocabulary, rank]`. */
  readonly decoder: Float32Array;
}

/** How much errors count that no position tells of, as part of the mean of those that positions tell of. */
const DAMPING = 0.1;
/** Positions where a token is rarer than this part of its mean share say too little about its row to be looked at. */
const LEAST_SHARE = 0.25;

/**
 * What the decoder's rows should be once latents have been rounded, and what errors of a row cost.
 *
 * Of the distribution p at a position, errors e of the logits cost ½ Σ pⱼ eⱼ² of divergence, to second order and up to
 * what all logits have in common. So row j should minimise Σ w p[t, j] (stored[t] · row - latents[t] · decoder[j])² over
 * positions t, which is a least-squares problem of its own: its curvature is Σ w p[t, j] stored[t] stored[t]ᵀ, and a
 * little of it in all directions keeps the row near what it was where no position tells.
 */
export function decoderAims({ latents, stored, decoder, rank, temperature, inputs, weights }: RoundedLatents): (row: number) => RowAim {
  // soft inputs are read where no target is
  const counts = inputs === 'hard' ? weights : undefined;
  const positions = latents.length / rank;
  const logit = (position: number, row: number): number => {
    let sum = 0;
    for (let place = 0; place < rank; place++)
      sum += (latents[position * rank + place] as number) * (decoder[row * rank + place] as number);
    return sum;
  };
  const normalisers = Float64Array.from({ length: positions }, (_, position) =>
    logSumExp(Float64Array.from({ length: decoder.length / rank }, (__, row) => logit(position, row) / temperature)),
  );
  const logits = new Float64Array(positions);
  const shares = new Float64Array(positions);
  return (row) => {
    for (let position = 0; position < positions; position++) {
      logits[position] = logit(position, row);
      shares[position] =
        Math.exp((logits[position] as number) / temperature - (normalisers[position] as number)) * (counts?.[position] ?? 1);
    }
    return aimOf(row);
  };

  function aimOf(row: number): RowAim {
    const curvature = new Float64Array(rank * rank);
    const right = new Float64Array(rank);
    const least = (LEAST_SHARE * shares.reduce((sum, share) => sum + share, 0)) / positions;
    for (let position = 0; position < positions; position++) {
      const share = shares[position] as number;
      if (share < least) continue;
      for (let place = 0; place < rank; place++) {
        const scaled = share * (stored[position * rank + place] as number);
        if (scaled === 0) continue;
        right[place] = (right[place] as number) + scaled * (logits[position] as number);
        for (let other = 0; other <= place; other++)
          curvature[place * rank + other] =
            (curvature[place * rank + other] as number) + scaled * (stored[position * rank + other] as number);
      }
    }
    return damped(curvature, right, decoder.subarray(row * rank, (row + 1) * rank));
  }
}

/** The solution of a least-squares problem that is pulled to a row, and its curvature, of which the lower half is given. */
function damped(curvature: Float64Array, right: Float64Array, row: Float32Array): RowAim {
  const rank = right.length;
  let trace = 0;
  for (let place = 0; place < rank; place++) trace += curvature[place * rank + place] as number;
  // where nothing counts, every number counts as much
  const damping = trace > 0 ? (DAMPING * trace) / rank : 1;
  for (let place = 0; place < rank; place++) {
    curvature[place * rank + place] = (curvature[place * rank + place] as number) + damping;
    right[place] = (right[place] as number) + damping * (row[place] as number);
    for (let other = 0; other < place; other++) curvature[other * rank + place] = curvature[place * rank + other] as number;
  }
  const values = new CholeskyDecomposition(Matrix.from1DArray(rank, rank, curvature)).solve(Matrix.columnVector(right));
  return { values: Float64Array.from(values.to1DArray()), curvature };
}

function logSumExp(values: Float64Array): number {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
