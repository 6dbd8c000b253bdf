import { type Configurable, configurable } from '../../options/configured.js';
import { noOptions } from '../../options/schema.js';
import { type CodecDefinition, storedPart, type StorageCodec, VALUES } from '../codec.js';

/** Every number as it is. */
export const float32: Configurable<CodecDefinition> = configurable({
  id: 'float32',
  schema: noOptions,
  exact: true,
  create: (): StorageCodec => ({
    encode: (values, shape) => ({ [VALUES]: { shape, values } }),
    decode: (parts, shape) => storedPart(parts, VALUES, Float32Array, shape),
  }),
});
