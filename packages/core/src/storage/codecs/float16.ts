import { type Configurable, configurable } from '../../options/configured.js';
import { noOptions } from '../../options/schema.js';
import { type CodecDefinition, storedPart, type StorageCodec, VALUES } from '../codec.js';
import { fromHalf, toHalf } from '../half.js';
import { requireFinite } from './finite.js';

/** Every number as the nearest float16: 11 significant bits. */
export const float16: Configurable<CodecDefinition> = configurable({
  id: 'float16',
  schema: noOptions,
  create: (): StorageCodec => ({
    encode: (values, shape) => ({ [VALUES]: { shape, values: Uint16Array.from(requireFinite(values), toHalf) } }),
    decode: (parts, shape) => Float32Array.from(storedPart(parts, VALUES, Uint16Array, shape), fromHalf),
  }),
});
