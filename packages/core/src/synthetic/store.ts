import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import { writeWhole } from '../storage/write-whole.js';
import {
  builtInCodecs,
  type CodecDefinition,
  codecOf,
  type ConfiguredCodec,
  float32,
  type StorageCodec,
  type StoredParts,
} from '../storage/codec.js';
import { decodeSafetensors, elementType, encodeSafetensors, type StoredTensor } from '../storage/safetensors.js';
import { validateOptions } from '../options/validate.js';
import { sizeOf } from '../program/node.js';
import { requireSound } from './sound.js';
import { latentPositions, storedNumbers, type SyntheticData, type SyntheticShape, type TrainingRecipe } from './synthetic.js';

const DATA_FILE = 'synthetic.safetensors';
const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'farzi-synthetic-1';

/** Where synthetic data came from. */
export interface Provenance {
  readonly dataset: string;
  readonly protocol: string;
  readonly seed: number;
  readonly model: string;
  /** Outer steps behind it, 0 for an initialisation. */
  readonly outerSteps: number;
  /** How students were trained best on it, where distillation validated any. */
  readonly recipe?: TrainingRecipe;
}

/** Synthetic data with what is needed to read them without the dataset. */
export interface SyntheticPackage {
  readonly data: SyntheticData;
  /** Original name of every token. */
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  /** What the dataset's definition needs to make its tokenizer again, for texts. */
  readonly tokenizer?: unknown;
  /** How latents and decoder are stored: as they are by default. */
  readonly storage?: ConfiguredCodec;
  readonly provenance: Provenance;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The fields that a codec stores, and their shapes. */
const learnedShapes = (data: SyntheticShape): Readonly<Record<'latents' | 'decoder', readonly number[]>> => ({
  latents: [data.sequences, latentPositions(data), data.rank],
  decoder: [data.rank, data.vocabularySize],
});

/** Name of a field's part in the file: the only part of float32 is the field itself. */
const partName = (field: string, part: string): string => (part === 'values' ? field : `${field}.${part}`);

function tensorsOf(data: SyntheticData, codec: StorageCodec): Record<string, StoredTensor> {
  const { sequences, length } = data;
  const learned = Object.entries(learnedShapes(data)).flatMap(([field, shape]) =>
    Object.entries(codec.encode(data[field as 'latents' | 'decoder'], shape)).map(
      ([part, tensor]) => [partName(field, part), tensor] as const,
    ),
  );
  return {
    ...Object.fromEntries(learned),
    weights: { shape: [sequences, length], values: data.weights },
    ...(data.ids === undefined ? {} : { ids: { shape: [sequences, length], values: data.ids } }),
  };
}

/** The parts of a field. */
function partsOf(field: string, tensors: Readonly<Record<string, StoredTensor>>): StoredParts {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name === field
        ? [['values', tensor] as const]
        : name.startsWith(`${field}.`)
          ? [[name.slice(field.length + 1), tensor] as const]
          : [],
    ),
  );
}

/** Synthetic data as they come back from storage: what students are trained on. */
export function asStored(data: SyntheticData, codec: StorageCodec): SyntheticData {
  const { latents, decoder } = learnedShapes(data);
  return {
    ...data,
    latents: codec.decode(codec.encode(data.latents, latents), latents),
    decoder: codec.decode(codec.encode(data.decoder, decoder), decoder),
  };
}

/**
 * Writes synthetic data to a folder: `synthetic.safetensors` and `manifest.json`. The same data give the same bytes.
 */
export async function saveSynthetic(folder: string, synthetic: SyntheticPackage): Promise<void> {
  const { data, vocabulary, titles, tokenizer, provenance, storage = float32() } = synthetic;
  const bytes = encodeSafetensors(tensorsOf(data, codecOf(storage)), { format: FORMAT });
  const { sequences, length, rank, vocabularySize, temperature, inputs } = data;
  const manifest = {
    format: FORMAT,
    file: DATA_FILE,
    bytes: bytes.length,
    sha256: sha256(bytes),
    sequences,
    length,
    rank,
    vocabularySize,
    temperature,
    inputs,
    storage: { id: storage.definition.id, ...(storage.options as Readonly<Record<string, unknown>>) },
    storedNumbers: storedNumbers(data),
    provenance,
    vocabulary,
    ...(titles === undefined ? {} : { titles }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
  await writeWhole(join(folder, DATA_FILE), bytes);
  await writeWhole(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
}

type Manifest = SyntheticShape & {
  readonly format: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Folders of earlier versions have none: their numbers are stored as they are. */
  readonly storage?: { readonly id: string; readonly [option: string]: unknown };
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  readonly tokenizer?: unknown;
  readonly provenance: Provenance;
};

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new FarziError('FARZI_DATA_NOT_FOUND', `${file} cannot be read`, {
      hint: 'Synthetic data are a folder with manifest.json and synthetic.safetensors: give its path.',
      cause,
    });
  }
}

const areStrings = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const isStorage = (value: unknown): boolean => typeof (value as { readonly id?: unknown } | null)?.id === 'string';

function isManifest(value: unknown): value is Manifest {
  const given = (value ?? {}) as Readonly<Partial<Record<keyof Manifest, unknown>>>;
  return (
    given.format === FORMAT &&
    [given.sequences, given.length, given.rank, given.vocabularySize].every(isCount) &&
    Number(given.temperature) > 0 &&
    (given.inputs === 'soft' || given.inputs === 'hard') &&
    areStrings(given.vocabulary) &&
    (given.titles === undefined || areStrings(given.titles)) &&
    (given.storage === undefined || isStorage(given.storage)) &&
    typeof given.provenance === 'object'
  );
}

function parseManifest(bytes: Uint8Array, file: string): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // answered below, together with JSON that is no manifest
  }
  if (isManifest(manifest)) return manifest;
  throw new FarziError('FARZI_SAFETENSORS', `${file} is not a manifest of the format ${FORMAT}`);
}

/**
 * Reads synthetic data and checks them against their manifest.
 *
 * @param codecs - to find the one they are stored with among
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_CHECKSUM when the data are not those of the manifest, FARZI_SAFETENSORS when
 *   they are malformed,
 * FARZI_CONTRIBUTION_UNKNOWN for a codec that is not among the given ones
 */
export async function loadSynthetic(folder: string, codecs: readonly CodecDefinition[] = builtInCodecs): Promise<SyntheticPackage> {
  const manifestFile = join(folder, MANIFEST_FILE);
  const manifest = parseManifest(await read(manifestFile), manifestFile);
  const file = join(folder, DATA_FILE);
  const bytes = await read(file);
  if (bytes.length !== manifest.bytes || sha256(bytes) !== manifest.sha256) {
    throw new FarziError(
      'FARZI_DATA_CHECKSUM',
      `${file} has ${bytes.length} bytes with sha256 ${sha256(bytes)}; its manifest says ${manifest.bytes} bytes, ${manifest.sha256}`,
      { hint: 'The file is truncated or was altered.' },
    );
  }
  const { tensors } = decodeSafetensors(bytes, file);
  const { sequences, length, rank, vocabularySize, temperature, inputs, vocabulary, titles, tokenizer, provenance } = manifest;
  const shape: SyntheticShape = { sequences, length, rank, vocabularySize, temperature, inputs };
  const storage = storageOf(manifest, codecs, manifestFile);
  const data = dataOf(shape, tensors, codecOf(storage), file);
  if ((inputs === 'hard') !== (data.ids !== undefined) || vocabulary.length !== vocabularySize) {
    throw new FarziError('FARZI_SAFETENSORS', `${file}: the tensors do not fit the manifest's inputs or vocabulary`);
  }
  return {
    data,
    vocabulary,
    storage,
    provenance,
    ...(titles === undefined ? {} : { titles }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
}

function storageOf({ storage }: Manifest, codecs: readonly CodecDefinition[], file: string): ConfiguredCodec {
  if (storage === undefined) return float32();
  const { id, ...options } = storage;
  const definition = codecs.find((each) => each.id === id);
  if (definition !== undefined) return { definition, options: validateOptions(definition.schema, options, ['storage']) };
  throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `${file}: the data are stored with the codec "${id}", which is not there`, {
    hint: `Known: ${codecs.map((each) => each.id).join(', ')}. Install the plugin that brings it, and pass its codec.`,
  });
}

function dataOf(shape: SyntheticShape, tensors: Readonly<Record<string, StoredTensor>>, codec: StorageCodec, file: string): SyntheticData {
  const { sequences, length } = shape;
  const fixed = <T extends StoredTensor['values']>(name: string, isType: (values: StoredTensor['values']) => values is T): T => {
    const tensor = tensors[name];
    if (tensor?.shape.join() !== [sequences, length].join()) refuse(file, name, tensor, [sequences, length]);
    if (!isType(tensor.values))
      throw new FarziError('FARZI_SAFETENSORS', `${file}: ${name} has the element type ${elementType(tensor.values)}`);
    return tensor.values;
  };
  const learned = (field: 'latents' | 'decoder'): Float32Array => {
    const wanted = learnedShapes(shape)[field];
    let values: Float32Array;
    try {
      values = codec.decode(partsOf(field, tensors), wanted);
    } catch (cause) {
      throw new FarziError('FARZI_SAFETENSORS', `${file}: ${field}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    if (values.length !== sizeOf(wanted)) refuse(file, field, tensors[field], wanted);
    return values;
  };
  const data = {
    ...shape,
    latents: learned('latents'),
    decoder: learned('decoder'),
    weights: fixed('weights', (values) => values instanceof Float32Array),
    ...(tensors['ids'] === undefined ? {} : { ids: fixed('ids', (values) => values instanceof Int32Array) }),
  };
  requireSound(data, file);
  return data;
}

function refuse(file: string, name: string, tensor: StoredTensor | undefined, wanted: readonly number[]): never {
  throw new FarziError(
    'FARZI_SAFETENSORS',
    `${file}: ${name} has the shape [${String(tensor?.shape.join(', '))}], the manifest says [${wanted.join(', ')}]`,
  );
}
