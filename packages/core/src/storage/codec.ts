import { FarziError } from '../errors.js';
import type { Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import { elementType, type StoredTensor } from './safetensors.js';

/** Arrays that a value is stored as, by the codec's own names. */
export type StoredParts = Readonly<Record<string, StoredTensor>>;

/** What the numbers of a row should be, and what errors of theirs cost together. */
export interface RowAim {
  /** `[last of shape]`: where they cost least. */
  readonly values: Float64Array;
  /** `[last of shape, last of shape]`, lower triangular, its diagonal above 0: an error e costs |rootᵀ · e|². */
  readonly root: Float64Array;
}

/**
 * How the numbers of synthetic data are stored: latents and decoder, each on its own. Numbers that belong together (a
 * position's latents, a token's column of the decoder) lie along the last axis.
 */
export interface StorageCodec {
  /**
   * What came back from {@link decode} must be stored as what it came from.
   *
   * @param shape - of the values, row-major
   * @param importance - `[last of shape]`: how much an error counts in each place of the last axis, by how much logits
   *   change with it. Codecs may do without it.
   * @param aimOf - of the rows that lie along the last axis, one by one: for the decoder, which is stored when latents
   *   have been, what makes up best for what these have lost. Takes time for each row that is asked for. Codecs may do
   *   without it, and do where values came back from {@link decode}.
   */
  encode(values: Float32Array, shape: readonly number[], importance?: Float32Array, aimOf?: (row: number) => RowAim): StoredParts;
  /**
   * The values that parts stand for: what students are trained on. The same parts give the same values everywhere.
   *
   * @throws FARZI_SAFETENSORS when a part is missing or does not fit the shape
   */
  decode(parts: StoredParts, shape: readonly number[]): Float32Array;
  /**
   * How many bytes more a number takes, for each unit that it grows by: about, and as far as that is known. Codecs whose
   * numbers take the same bytes do without it.
   */
  slope?(values: Float32Array, shape: readonly number[], importance?: Float32Array): Float32Array;
}

/** A way to store synthetic data. */
export interface CodecDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  /** Whether values come back as they were. */
  readonly exact?: boolean;
  create(options: Options): StorageCodec;
}

/** A codec with its options. */
export type ConfiguredCodec = Configured<CodecDefinition>;

/** Name of the only part of values that are stored one by one. */
export const VALUES = 'values';

/** A codec, ready to use. */
export const codecOf = ({ definition, options }: ConfiguredCodec): StorageCodec => definition.create(options as never);

/**
 * A part of a stored value.
 *
 * @throws FARZI_SAFETENSORS when it is missing, or has another element type or shape
 */
export function storedPart<T extends StoredTensor['values']>(
  parts: StoredParts,
  name: string,
  type: abstract new (...given: never) => T,
  shape: readonly number[],
): T {
  const stored = parts[name];
  if (stored?.values instanceof type && stored.shape.join() === shape.join()) return stored.values;
  const found = stored === undefined ? 'nothing' : `${elementType(stored.values)} [${stored.shape.join(', ')}]`;
  const wanted = `${elementType(new (type as new (length: number) => T)(0))} [${shape.join(', ')}]`;
  throw new FarziError('FARZI_SAFETENSORS', `The part ${name} is stored as ${found}, and not as ${wanted}.`);
}
