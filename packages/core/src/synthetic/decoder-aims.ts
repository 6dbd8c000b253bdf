import { RandomStream } from '../random/stream.js';
import type { RowAim } from '../storage/codec.js';
import { choleskyOf, gramOf, solvedBy } from './least-squares.js';
import type { SyntheticData } from './synthetic.js';

/** Synthetic data whose latents have been rounded. */
export interface RoundedLatents extends Pick<
  SyntheticData,
  'latents' | 'rank' | 'temperature' | 'matchingTemperature' | 'inputs' | 'weights'
> {
  /** The latents as they are stored. */
  readonly stored: Float32Array;
  /** In the order `[vocabulary, rank]`. */
  readonly decoder: Float32Array;
}

/** Of what errors cost, how much is added in every direction, as part of the mean over directions: positions are a sample. */
const DAMPING = 0.3;
/** Positions that are looked at, at most: others hardly change what is best, and take time. */
const POSITIONS = 256;
/** What no curvature that says anything is below. */
const LEAST_CURVATURE = 1e-200;
/** Positions where a token is rarer than this part of its mean say little about its row, and are not looked at. */
const LEAST_SHARE = 1;

/**
 * What the decoder's rows should be once latents have been rounded, and what errors of a row cost.
 *
 * Of the distribution p at a position, as students are compared with it, errors e of the logits cost ½ Σ pⱼ eⱼ² of
 * divergence, to second order and up to what all logits have in common. So row j should minimise
 * Σ w p[t, j] (stored[t] · row - latents[t] · decoder[j])² over positions t of weight w, which is a least-squares problem
 * of its own: its curvature is Σ w p[t, j] stored[t] stored[t]ᵀ, and a little of it in all directions keeps the row near
 * what it was where no position tells.
 */
export function decoderAims(data: RoundedLatents): (row: number) => RowAim {
  const { decoder, rank } = data;
  const divisor = data.temperature * data.matchingTemperature;
  const { latents, stored, weights } = lookedAt(data);
  const positions = weights.length;
  const logits = logitsOf(decoder, latents, rank, divisor);
  const normalisers = normalisersOf(logits, positions);
  // of rounded latents, and of the logits last; filled up with columns of zeros
  const width = Math.ceil((rank + 1) / 4) * 4;
  const shares = new Float64Array(positions);
  return (row) => {
    const own = logits.subarray(row * positions, (row + 1) * positions);
    let total = 0;
    for (let position = 0; position < positions; position++) {
      const share = (weights[position] as number) * Math.exp((own[position] as number) - (normalisers[position] as number));
      shares[position] = share;
      total += share;
    }
    const telling = positionsWith(shares, (LEAST_SHARE * total) / positions);
    const count = telling.length;
    const columns = new Float64Array(width * count);
    for (let at = 0; at < count; at++) {
      const position = telling[at] as number;
      const scale = Math.sqrt(shares[position] as number);
      for (let place = 0; place < rank; place++) columns[place * count + at] = scale * (stored[position * rank + place] as number);
      columns[rank * count + at] = scale * divisor * (own[position] as number);
    }
    return damped(gramOf(columns, width, count), width, decoder.subarray(row * rank, (row + 1) * rank));
  };
}

/** Positions whose targets count, some of them where there are very many. */
function lookedAt({ latents, stored, rank, inputs, weights }: RoundedLatents): Pick<RoundedLatents, 'latents' | 'stored' | 'weights'> {
  const positions = latents.length / rank;
  // soft inputs are read where no target is
  const counts = inputs === 'hard' ? weights : new Float32Array(positions).fill(1);
  const counting = Array.from({ length: positions }, (_, position) => position).filter((position) => (counts[position] as number) > 0);
  const some =
    counting.length <= POSITIONS
      ? counting
      : new RandomStream(0, 'decoder aims').distinct(counting.length, POSITIONS).map((index) => counting[index] as number);
  const rows = (values: Float32Array): Float32Array => {
    const picked = new Float32Array(some.length * rank);
    some.forEach((position, at) => picked.set(values.subarray(position * rank, (position + 1) * rank), at * rank));
    return picked;
  };
  return { latents: rows(latents), stored: rows(stored), weights: Float32Array.from(some, (position) => counts[position] as number) };
}

const positionsWith = (shares: Float64Array, least: number): number[] => {
  const found: number[] = [];
  for (let position = 0; position < shares.length; position++) if ((shares[position] as number) >= least) found.push(position);
  return found;
};

/** `[vocabulary, positions]` */
function logitsOf(decoder: Float32Array, latents: Float32Array, rank: number, divisor: number): Float32Array {
  const [tokens, positions] = [decoder.length / rank, latents.length / rank];
  const logits = new Float32Array(tokens * positions);
  for (let token = 0, at = 0; token < tokens; token++)
    for (let position = 0; position < positions; position++, at++) {
      let sum = 0;
      for (let place = 0; place < rank; place++)
        sum += (decoder[token * rank + place] as number) * (latents[position * rank + place] as number);
      logits[at] = sum / divisor;
    }
  return logits;
}

/** For each position, the logarithm of the sum of what its logits are the logarithms of. */
function normalisersOf(logits: Float32Array, positions: number): Float64Array {
  const normalisers = new Float64Array(positions);
  for (let position = 0; position < positions; position++) {
    let largest = -Infinity;
    for (let at = position; at < logits.length; at += positions) largest = Math.max(largest, logits[at] as number);
    let sum = 0;
    for (let at = position; at < logits.length; at += positions) sum += Math.exp((logits[at] as number) - largest);
    normalisers[position] = largest + Math.log(sum);
  }
  return normalisers;
}

/** The solution of a least-squares problem that is pulled to a row, and the root of its curvature. */
function damped(gram: Float64Array, width: number, row: Float32Array): RowAim {
  const rank = row.length;
  let trace = 0;
  for (let place = 0; place < rank; place++) trace += gram[place * width + place] as number;
  // where nothing counts, every number counts as much
  const damping = trace > LEAST_CURVATURE ? (DAMPING * trace) / rank : 1;
  const curvature = new Float64Array(rank * rank);
  const right = new Float64Array(rank);
  for (let place = 0; place < rank; place++) {
    curvature.set(gram.subarray(place * width, place * width + rank), place * rank);
    curvature[place * (rank + 1)] = (curvature[place * (rank + 1)] as number) + damping;
    right[place] = (gram[rank * width + place] as number) + damping * (row[place] as number);
  }
  const root = choleskyOf(curvature, rank);
  return { values: solvedBy(root, right), root };
}
