import { FarziError } from '../errors.js';
import { sizeOf } from '../program/node.js';

/** A named array of a safetensors file. */
export interface SavedTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

export type SavedTensors = Readonly<Record<string, SavedTensor>>;

/** The same, also of bytes (packed numbers) and of the bits of float16. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array | Uint16Array;
}

/** Longest header that is believed: far above any of ours, far below what a damaged length would claim. */
const MAX_HEADER_BYTES = 100_000_000;
const ALIGNMENT = 8;

/** Types of numbers that are read and written. */
type ElementType = 'F32' | 'I32' | 'U8' | 'F16';

interface HeaderEntry {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The name that the format gives to a type of numbers. */
export function elementType(values: StoredTensor['values']): ElementType {
  if (values instanceof Float32Array) return 'F32';
  if (values instanceof Int32Array) return 'I32';
  return values instanceof Uint16Array ? 'F16' : 'U8';
}

/** Bytes of a number. */
const elementBytes: Readonly<Record<ElementType, number>> = { F32: 4, I32: 4, U8: 1, F16: 2 };

/**
 * Encodes arrays in the safetensors format: 8 bytes of header length (little-endian), a JSON header, the data. Tensors
 * are written in the order of their numbers' lengths, the longest first, and of their names.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // longer numbers first: each then lies at a multiple of its own length
  const size = ({ values }: StoredTensor): number => values.BYTES_PER_ELEMENT;
  const sorted = Object.entries(tensors).sort(([a, one], [b, other]) => size(other) - size(one) || (a < b ? -1 : 1));
  let offset = 0;
  const entries = sorted.map(([name, { shape, values }]) => {
    const entry: HeaderEntry = {
      dtype: elementType(values),
      shape,
      data_offsets: [offset, offset + values.byteLength],
    };
    offset += values.byteLength;
    return [name, entry] as const;
  });
  const json = JSON.stringify({ ...(Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}), ...Object.fromEntries(entries) });
  const unpadded = new TextEncoder().encode(json);
  const header = new Uint8Array(Math.ceil(unpadded.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  header.set(unpadded);
  const bytes = new Uint8Array(8 + header.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  sorted.forEach(([, { values }], index) => {
    const start = (entries[index]?.[1].data_offsets[0] ?? 0) + 8 + header.length;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start);
  });
  return bytes;
}

/**
 * Decodes a safetensors file, checking every length and offset.
 *
 * @param source - the file's name, for messages
 * @throws FARZI_SAFETENSORS
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  source: string,
): { tensors: Record<string, StoredTensor>; metadata: Record<string, string> } {
  const refuse = (what: string): never => {
    throw new FarziError('FARZI_SAFETENSORS', `${source}: ${what}.`, {
      hint: 'The file is truncated or was altered. Make it again, or fetch it again from where it came.',
    });
  };
  if (bytes.length < 8) refuse(`Its ${bytes.length} bytes are too few for a header length`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > MAX_HEADER_BYTES || 8 + headerLength > bytes.length)
    refuse(`The header should have ${headerLength} bytes, and the file has ${bytes.length}`);
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), refuse);
  const data = bytes.subarray(8 + headerLength);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isStrings(metadata)) return refuse('Its metadata are not strings');
  const tensors: Record<string, StoredTensor> = {};
  const ranges: [number, number][] = [];
  for (const [name, value] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = checkEntry(name, value, refuse);
    const [from, to] = offsets;
    if (from < 0 || to < from || to > data.length) refuse(`The tensor ${name} lies at bytes ${from} to ${to} of ${data.length}`);
    const wanted = elementBytes[dtype] * sizeOf(shape);
    if (to - from !== wanted) refuse(`The tensor ${name} of shape [${shape.join(', ')}] has ${to - from} bytes, not ${wanted}`);
    // a copy of its own: slices of a Node Buffer share the whole file's memory
    const bytesOf = new Uint8Array(data.subarray(from, to));
    tensors[name] = { shape, values: typed(dtype, bytesOf) };
    ranges.push([from, to]);
  }
  let covered = 0;
  for (const [from, to] of ranges.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (from !== covered) refuse(`Its tensors ${from < covered ? 'overlap' : 'leave a gap'} at byte ${Math.min(from, covered)}`);
    covered = to;
  }
  if (covered !== data.length) refuse(`Its tensors cover ${covered} of ${data.length} bytes`);
  return { tensors, metadata };
}

function typed(dtype: ElementType, bytes: Uint8Array<ArrayBuffer>): StoredTensor['values'] {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'I32':
      return new Int32Array(bytes.buffer);
    case 'F16':
      return new Uint16Array(bytes.buffer);
    case 'U8':
      return bytes;
  }
}

function parseHeader(bytes: Uint8Array, refuse: (what: string) => never): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // answered below, together with a header that is no object
  }
  return refuse('The header is not a JSON object');
}

function isStrings(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}

function checkEntry(name: string, value: unknown, refuse: (what: string) => never): HeaderEntry {
  const entry = value as Partial<HeaderEntry> | null;
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  if (dtype === undefined || !Object.hasOwn(elementBytes, dtype))
    return refuse(`The tensor ${name} has the element type ${String(dtype)}; known are ${Object.keys(elementBytes).join(', ')}`);
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((each) => Number.isSafeInteger(each) && (each as number) >= 0);
  if (!whole(shape) || !whole(offsets) || offsets.length !== 2) return refuse(`The tensor ${name} has a malformed shape or offsets`);
  return { dtype, shape, data_offsets: offsets };
}

/**
 * The same for files that hold nothing but F32 and I32: what engines take.
 *
 * @throws FARZI_SAFETENSORS, also for a tensor of another type
 */
export function decodeNumbers(
  bytes: Uint8Array,
  source: string,
): { tensors: Record<string, SavedTensor>; metadata: Record<string, string> } {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  const numbers = Object.entries(tensors).map(([name, { shape, values }]): [string, SavedTensor] => {
    if (values instanceof Float32Array || values instanceof Int32Array) return [name, { shape, values }];
    throw new FarziError('FARZI_SAFETENSORS', `${source}: The tensor ${name} has the element type ${elementType(values)}, not F32 or I32.`);
  });
  return { tensors: Object.fromEntries(numbers), metadata };
}
