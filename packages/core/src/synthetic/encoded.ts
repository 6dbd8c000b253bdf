import { FarziError, reasonOf } from '../errors.js';
import { bitsOfIds, packBits, packedBytes, unpackBits } from '../storage/bits.js';
import { type RowAim, storedPart, type StorageCodec, type StoredParts, VALUES } from '../storage/codec.js';
import { sizeOf } from '../program/node.js';
import type { StoredTensor } from '../storage/safetensors.js';
import { decoderAims } from './decoder-aims.js';
import { importanceOf } from './importance.js';
import { ALTERED, requireSound } from './sound.js';
import { latentPositions, type SyntheticData, type SyntheticShape } from './synthetic.js';

/** The arrays of a file, by name. */
export type StoredTensors = Readonly<Record<string, StoredTensor>>;

/** The fields that a codec stores, and their shapes there: what belongs to one position or token lies side by side. */
const learnedShapes = (data: SyntheticShape): Readonly<Record<'latents' | 'decoder', readonly number[]>> => ({
  latents: [data.sequences, latentPositions(data), data.rank],
  decoder: [data.vocabularySize, data.rank],
});

/** Name of a field's part in a file: the part `values` is the field itself. */
const partName = (field: string, part: string): string => (part === VALUES ? field : `${field}.${part}`);

/** The parts of a field. */
function partsOf(field: string, tensors: StoredTensors): StoredParts {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name === field ? [[VALUES, tensor] as const] : name.startsWith(`${field}.`) ? [[name.slice(field.length + 1), tensor] as const] : [],
    ),
  );
}

/** `[rows, columns]` as `[columns, rows]`. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] as number;
  return result;
}

/** The arrays of latents and decoder. */
function encodeLearned(data: SyntheticData, codec: StorageCodec): StoredTensors {
  const shapes = learnedShapes(data);
  const decoder = transposed(data.decoder, data.rank, data.vocabularySize);
  const importance = importanceOf({ ...data, decoder });
  const latents = codec.encode(data.latents, shapes.latents, importance.latents);
  let aims: ((row: number) => RowAim) | undefined;
  // they take time, and many codecs do without them
  const aimOf = (row: number): RowAim => (aims ??= decoderAims({ ...data, decoder, stored: codec.decode(latents, shapes.latents) }))(row);
  const parts = { latents, decoder: codec.encode(decoder, shapes.decoder, importance.decoder, aimOf) };
  return Object.fromEntries(
    Object.entries(parts).flatMap(([field, stored]) => Object.entries(stored).map(([part, tensor]) => [partName(field, part), tensor])),
  );
}

/**
 * Values of a codec.
 *
 * @throws FARZI_SAFETENSORS when there are more or fewer than the shape says, or the codec says so
 */
export function decoded(codec: StorageCodec, field: string, tensors: StoredTensors, shape: readonly number[]): Float32Array {
  const values = within(field, () => codec.decode(partsOf(field, tensors), shape));
  if (values.length === sizeOf(shape)) return values;
  throw new FarziError('FARZI_SAFETENSORS', `${field}: ${values.length} numbers are stored, and not [${shape.join(', ')}].`);
}

/** Latents and decoder of a file. */
function decodeLearned(shape: SyntheticShape, codec: StorageCodec, tensors: StoredTensors): Pick<SyntheticData, 'latents' | 'decoder'> {
  const shapes = learnedShapes(shape);
  return {
    latents: decoded(codec, 'latents', tensors, shapes.latents),
    decoder: transposed(decoded(codec, 'decoder', tensors, shapes.decoder), shape.vocabularySize, shape.rank),
  };
}

/** Synthetic data as they come back from storage: what students are trained on. */
export const asStored = (data: SyntheticData, codec: StorageCodec): SyntheticData => ({
  ...data,
  ...decodeLearned(data, codec, encodeLearned(data, codec)),
});

/**
 * Gradient of what the bytes of synthetic data count as; `undefined` where they count as nothing, or storage does not say
 * how many more they become.
 *
 * @param loss - of a kilobyte
 */
export function ratePenalty(
  codec: StorageCodec,
  loss: number,
): ((data: SyntheticData) => Pick<SyntheticData, 'latents' | 'decoder'>) | undefined {
  const slope = codec.slope?.bind(codec);
  if (slope === undefined || loss === 0) return undefined;
  return (data) => {
    const { rank, vocabularySize } = data;
    const shapes = learnedShapes(data);
    const decoder = transposed(data.decoder, rank, vocabularySize);
    const importance = importanceOf({ ...data, decoder });
    const gradient = (...parts: Parameters<typeof slope>): Float32Array => slope(...parts).map((bytes) => (bytes * loss) / 1000);
    return {
      latents: gradient(data.latents, shapes.latents, importance.latents),
      decoder: transposed(gradient(decoder, shapes.decoder, importance.decoder), vocabularySize, rank),
    };
  };
}

/** The arrays that synthetic data are stored as. */
export function encodeData(data: SyntheticData, codec: StorageCodec): StoredTensors {
  const { sequences, length, ids, weights, vocabularySize } = data;
  const packed = (numbers: ArrayLike<number>, bits: number): StoredTensor => {
    const values = packBits(numbers, bits);
    return { shape: [values.length], values };
  };
  return {
    ...encodeLearned(data, codec),
    weights: weights.every((weight) => weight === 0 || weight === 1) ? packed(weights, 1) : { shape: [sequences, length], values: weights },
    ...(ids === undefined ? {} : { ids: packed(ids, bitsOfIds(vocabularySize)) }),
  };
}

/**
 * Reads what {@link encodeData} gave.
 *
 * @param source - the file's name, for messages
 * @throws FARZI_SAFETENSORS when arrays are missing, do not fit the shape, or hold what nothing can be learned from
 */
export function decodeData(shape: SyntheticShape, tensors: StoredTensors, codec: StorageCodec, source: string): SyntheticData {
  const { sequences, length, vocabularySize, inputs } = shape;
  const positions = sequences * length;
  if ((inputs === 'hard') !== (tensors['ids'] !== undefined))
    throw new FarziError(
      'FARZI_SAFETENSORS',
      `${source}: The data have ${inputs} inputs, and ${inputs === 'hard' ? 'no' : 'there are'} ids.`,
    );
  const unpacked = (name: string, bits: number): Int32Array =>
    unpackBits(storedPart(tensors, name, Uint8Array, [packedBytes(positions, bits)]), bits, positions);
  const data = within(source, () => ({
    ...shape,
    ...decodeLearned(shape, codec, tensors),
    weights:
      tensors['weights']?.values instanceof Float32Array
        ? storedPart(tensors, 'weights', Float32Array, [sequences, length])
        : Float32Array.from(unpacked('weights', 1)),
    ...(inputs === 'hard' ? { ids: unpacked('ids', bitsOfIds(vocabularySize)) } : {}),
  }));
  requireSound(data, source);
  return data;
}

/** Says which file or field an error is about. */
export function within<T>(source: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new FarziError('FARZI_SAFETENSORS', `${source}: ${reasonOf(cause)}.`, { hint: ALTERED, cause });
  }
}
