import { FarziError } from '../errors.js';
import type { RandomStream } from '../random/stream.js';
import { latentPositions, type SyntheticData } from './synthetic.js';

/** How a hard token is taken from a distribution. */
export type HardTokens = { readonly by: 'argmax' } | { readonly by: 'sample'; readonly stream: RandomStream };

/**
 * Synthetic sequences as token ids, one array per sequence, decoded one position at a time.
 * For hard inputs these are the sequences' TARGETS: position t holds what follows the first t + 1 real inputs.
 */
export function hardSequences(data: SyntheticData, choice: HardTokens): Int32Array[] {
  const positions = latentPositions(data);
  return Array.from({ length: data.sequences }, (_, sequence) =>
    Int32Array.from({ length: positions }, (__, position) => hardToken(distributionAt(data, sequence, position), choice)),
  );
}

/**
 * The distribution of one synthetic token, `[vocabulary]`.
 *
 * @throws FARZI_SHAPE for a position that is not there, FARZI_NON_FINITE for data that are not finite
 */
export function distributionAt(
  { latents, decoder, rank, vocabularySize, temperature, ...data }: SyntheticData,
  sequence: number,
  position: number,
): Float64Array {
  const offset = (sequence * latentPositions(data) + position) * rank;
  if (offset + rank > latents.length) throw new FarziError('FARZI_SHAPE', `there is no position ${position} of sequence ${sequence}`);
  const logits = new Float64Array(vocabularySize);
  for (let factor = 0; factor < rank; factor++) {
    const weight = (latents[offset + factor] as number) / temperature;
    for (let token = 0; token < vocabularySize; token++)
      logits[token] = (logits[token] as number) + weight * (decoder[factor * vocabularySize + token] as number);
  }
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  if (!Number.isFinite(total))
    throw new FarziError('FARZI_NON_FINITE', `Position ${position} of synthetic sequence ${sequence} has logits that are not finite.`, {
      hint: 'Its latents or the decoder are NaN or infinite: distil them again with a lower learning rate.',
    });
  return powers.map((power) => power / total);
}

/** One token of a distribution, see {@link distributionAt}. */
export function hardToken(probabilities: Float64Array, choice: HardTokens): number {
  if (choice.by === 'argmax') return probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b), 0));
  let rest = choice.stream.uniform();
  const found = probabilities.findIndex((probability) => (rest -= probability) < 0);
  return found === -1 ? probabilities.length - 1 : found;
}
