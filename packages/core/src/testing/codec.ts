import { isFarziError } from '../errors.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import type { CodecDefinition, StorageCodec, StoredParts } from '../storage/codec.js';
import { decodeSafetensors, encodeSafetensors } from '../storage/safetensors.js';
import { allFinite, attempt, check, relativeDistance, same } from './assert.js';

/** What a codec is checked with. */
export interface CodecCheckOptions {
  /** The codec's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Relative L2 distance: a codec may lose a good part of the values, but what is left must be theirs. */
const FARTHEST = 0.75;

interface Values {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

function cases(): readonly Values[] {
  const normal = (size: number, deviation = 1): Float32Array => new RandomStream(size, 'codec').normal(size, deviation);
  return [
    { name: 'latents', shape: [3, 5, 4], values: normal(60) },
    { name: 'a decoder', shape: [4, 37], values: normal(148) },
    { name: 'a single number', shape: [1, 1], values: Float32Array.of(-0.5) },
    { name: 'an odd number of numbers', shape: [3, 7], values: normal(21) },
    { name: 'rows of zeros among others', shape: [4, 6], values: normal(24).map((value, at) => (at % 12 < 6 ? 0 : value)) },
    { name: 'zeros', shape: [2, 3], values: new Float32Array(6) },
    { name: 'large numbers', shape: [3, 8], values: normal(24, 1000) },
    { name: 'small numbers', shape: [3, 8], values: normal(24, 0.001) },
  ];
}

/**
 * Checks that a codec keeps its contract, for values of several shapes and sizes, zeros among them: what it stores goes
 * through a safetensors file and stands for as many finite values, which are those that were stored, roughly at least;
 * the same values give the same parts and the same parts the same values; what it is given stays as it is; parts that
 * are missing, or that belong to another shape, are refused with FARZI_SAFETENSORS.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkCodec(definition: CodecDefinition, given: CodecCheckOptions = {}): Promise<void> {
  const { id } = definition;
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  const codec = await attempt(`${id}: create`, () => definition.create(options));
  for (const each of cases()) await checkOne(`${id} (${each.name})`, codec, each);
}

async function checkOne(where: string, codec: StorageCodec, { shape, values }: Values): Promise<void> {
  const copy = values.slice();
  const parts = await attempt(`${where}: encode`, () => codec.encode(values, shape));
  check(same(values, copy), `${where}: encode changes the values that it is given.`);
  const bytes = await attempt(`${where}: storing what encode gives`, () => encodeSafetensors(parts));
  const again = await attempt(`${where}: encode`, () => encodeSafetensors(codec.encode(copy, shape)));
  check(same(bytes, again), `${where}: The same values are encoded in another way when they are encoded again.`);
  const stored: StoredParts = decodeSafetensors(bytes, where).tensors;
  const decoded = await attempt(`${where}: decode`, () => codec.decode(stored, shape));
  check(decoded instanceof Float32Array, `${where}: decode gives no Float32Array.`);
  check(decoded.length === values.length, `${where}: decode gives ${decoded.length} numbers for ${values.length}.`);
  check(allFinite(decoded), `${where}: decode gives numbers that are not finite.`);
  const off = relativeDistance(decoded, values);
  check(off <= FARTHEST, `${where}: decode gives other values than were encoded (relative distance ${off.toPrecision(2)}).`);
  const repeated = await attempt(`${where}: decode`, () => codec.decode(parts, shape));
  check(same(repeated, decoded), `${where}: The same parts are decoded to other values when they are decoded again.`);
  for (const missing of Object.keys(parts)) {
    const { [missing]: _missing, ...rest } = stored;
    await refuses(`${where}: decode without ${missing}`, () => codec.decode(rest, shape));
  }
  await refuses(`${where}: decode for one row more`, () => codec.decode(stored, [(shape[0] as number) + 1, ...shape.slice(1)]));
}

async function refuses(what: string, decode: () => Float32Array): Promise<void> {
  const found = await Promise.resolve()
    .then(decode)
    .then(
      () => 'it gives values',
      (error: unknown) => (isFarziError(error) ? error.code : `it throws ${String(error)}`),
    );
  check(found === 'FARZI_SAFETENSORS', `${what}: It must be refused with FARZI_SAFETENSORS, and ${found}.`);
}
