import { FarziError } from '../errors.js';
import { type Configurable, configurable, type Configured } from '../options/configured.js';
import { noOptions, type OptionsSchema } from '../options/schema.js';
import { elementType, type StoredTensor } from './safetensors.js';

/** Arrays that a value is stored as, by the codec's own names. */
export type StoredParts = Readonly<Record<string, StoredTensor>>;

/** How the numbers of synthetic data are stored: latents and decoder, each on its own. */
export interface StorageCodec {
  /** @param shape - of the values, row-major */
  encode(values: Float32Array, shape: readonly number[]): StoredParts;
  /**
   * The values that parts stand for: what students are trained on. The same parts give the same values everywhere.
   *
   * @throws FARZI_SAFETENSORS when a part is missing or does not fit the shape
   */
  decode(parts: StoredParts, shape: readonly number[]): Float32Array;
}

/** A way to store synthetic data. */
export interface CodecDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options): StorageCodec;
}

/** A codec with its options. */
export type ConfiguredCodec = Configured<CodecDefinition>;

/** Name of the only part of values that are stored as they are. */
const VALUES = 'values';

/** Every number as it is. */
export const float32: Configurable<CodecDefinition> = configurable({
  id: 'float32',
  schema: noOptions,
  create: (): StorageCodec => ({
    encode: (values, shape) => ({ [VALUES]: { shape, values } }),
    decode: (parts, shape) => {
      const stored = parts[VALUES];
      if (stored?.values instanceof Float32Array && stored.shape.join() === shape.join()) return stored.values;
      const found = stored === undefined ? 'nothing' : `${elementType(stored.values)} [${stored.shape.join(', ')}]`;
      throw new FarziError('FARZI_SAFETENSORS', `Values are stored as ${found}, and not as F32 [${shape.join(', ')}].`);
    },
  }),
});

/** The codecs that need no plugin. */
export const builtInCodecs: readonly CodecDefinition[] = [float32];

/** A codec, ready to use. */
export const codecOf = ({ definition, options }: ConfiguredCodec): StorageCodec => definition.create(options as never);
