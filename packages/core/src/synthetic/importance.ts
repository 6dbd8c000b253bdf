import type { SyntheticData } from './synthetic.js';

/** For each column, that is for each place of the rank. */
export interface Importance {
  readonly latents: Float32Array;
  readonly decoder: Float32Array;
}

/**
 * By how much logits change with errors of latents and decoder: their products are logits, so that a column counts by the
 * size of what it is multiplied with. Of two factors the one with fewer rows may be the finer, as that costs less.
 *
 * @param decoder - in the order `[vocabulary, rank]`
 */
export function importanceOf({
  latents,
  decoder,
  rank,
  temperature,
}: Pick<SyntheticData, 'latents' | 'decoder' | 'rank' | 'temperature'>): Importance {
  const [positions, tokens] = [latents.length / rank, decoder.length / rank];
  const sized = (rows: number, other: Float32Array): Float32Array => {
    const balance = Math.sqrt((positions + tokens) / (2 * rows)) / temperature;
    return sizesOf(other, rank).map((size) => size * balance);
  };
  return { latents: sized(positions, decoder), decoder: sized(tokens, latents) };
}

/** Root mean square of each column. */
function sizesOf(values: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  for (const [at, value] of values.entries()) sums[at % columns] = (sums[at % columns] as number) + value ** 2;
  return Float32Array.from(sums, (sum) => Math.sqrt((sum * columns) / values.length));
}
