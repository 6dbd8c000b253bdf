import { FarziError } from '../../errors.js';

/**
 * Numbers that can be stored with fewer bits.
 *
 * @throws FARZI_NON_FINITE
 */
export function requireFinite(values: Float32Array): Float32Array {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return values;
  throw new FarziError('FARZI_NON_FINITE', `Number ${at} of those to be stored is ${String(values[at])}.`, {
    hint: 'Distil again with lower learning rates.',
  });
}
