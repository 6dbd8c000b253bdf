import { FarziError } from '../errors.js';
import type { SyntheticData } from './synthetic.js';

/**
 * Refuses numbers that nothing can be learned from, whatever a checksum says.
 *
 * @param file - where they came from
 * @throws FARZI_SAFETENSORS
 */
export function requireSound({ latents, decoder, weights, ids, vocabularySize }: SyntheticData, file: string): void {
  const refuseAt = (name: string, values: ArrayLike<number>, at: number, what: string): void => {
    if (at < 0) return;
    throw new FarziError('FARZI_SAFETENSORS', `${file}: ${name} holds ${String(values[at])} at ${at}, ${what}.`, {
      hint: 'The file was altered, or written by another program. Make it again, or fetch it again from where it came.',
    });
  };
  for (const [name, values] of Object.entries({ latents, decoder, weights }))
    refuseAt(
      name,
      values,
      values.findIndex((value) => !Number.isFinite(value)),
      'which is not finite',
    );
  if (ids !== undefined)
    refuseAt(
      'ids',
      ids,
      ids.findIndex((id) => id < 0 || id >= vocabularySize),
      `outside the vocabulary of ${vocabularySize}`,
    );
}
