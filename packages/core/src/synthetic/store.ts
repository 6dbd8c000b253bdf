import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import { writeWhole } from '../storage/write-whole.js';
import { decodeSafetensors, elementType, encodeSafetensors, type SavedTensor } from '../storage/safetensors.js';
import { latentPositions, storedNumbers, type SyntheticData, type TrainingRecipe } from './synthetic.js';

const DATA_FILE = 'synthetic.safetensors';
const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'farzi-synthetic-1';

/** Where a summary came from. */
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

/** A summary with what is needed to read it without the dataset. */
export interface SyntheticPackage {
  readonly data: SyntheticData;
  /** Original name of every token. */
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  /** What the dataset's definition needs to make its tokenizer again, for texts. */
  readonly tokenizer?: unknown;
  readonly provenance: Provenance;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function tensorsOf(data: SyntheticData): Record<string, SavedTensor> {
  const { sequences, length, rank, vocabularySize } = data;
  return {
    latents: { shape: [sequences, latentPositions(data), rank], values: data.latents },
    decoder: { shape: [rank, vocabularySize], values: data.decoder },
    weights: { shape: [sequences, length], values: data.weights },
    ...(data.ids === undefined ? {} : { ids: { shape: [sequences, length], values: data.ids } }),
  };
}

/** Writes a summary to a folder: `synthetic.safetensors` and `manifest.json`. The same summary gives the same bytes. */
export async function saveSynthetic(folder: string, { data, vocabulary, titles, tokenizer, provenance }: SyntheticPackage): Promise<void> {
  const bytes = encodeSafetensors(tensorsOf(data), { format: FORMAT });
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
    storedNumbers: storedNumbers(data),
    provenance,
    vocabulary,
    ...(titles === undefined ? {} : { titles }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
  await writeWhole(join(folder, DATA_FILE), bytes);
  await writeWhole(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
}

type Manifest = Omit<SyntheticData, 'latents' | 'decoder' | 'weights' | 'ids'> & {
  readonly format: string;
  readonly sha256: string;
  readonly bytes: number;
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
      hint: 'A summary is a folder with manifest.json and synthetic.safetensors: give its path.',
      cause,
    });
  }
}

const areStrings = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

function isManifest(value: unknown): value is Manifest {
  const given = (value ?? {}) as Readonly<Partial<Record<keyof Manifest, unknown>>>;
  return (
    given.format === FORMAT &&
    [given.sequences, given.length, given.rank, given.vocabularySize].every(isCount) &&
    Number(given.temperature) > 0 &&
    (given.inputs === 'soft' || given.inputs === 'hard') &&
    areStrings(given.vocabulary) &&
    (given.titles === undefined || areStrings(given.titles)) &&
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
 * Reads a summary and checks it against its manifest.
 *
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_CHECKSUM when the data are not those of the manifest, FARZI_SAFETENSORS when they are malformed
 */
export async function loadSynthetic(folder: string): Promise<SyntheticPackage> {
  const manifest = parseManifest(await read(join(folder, MANIFEST_FILE)), join(folder, MANIFEST_FILE));
  const file = join(folder, DATA_FILE);
  const bytes = await read(file);
  if (bytes.length !== manifest.bytes || sha256(bytes) !== manifest.sha256) {
    throw new FarziError(
      'FARZI_DATA_CHECKSUM',
      `${file} has ${bytes.length} bytes with sha256 ${sha256(bytes)}; its manifest says ${manifest.bytes} bytes, ${manifest.sha256}`,
      {
        hint: 'The file is truncated or was altered.',
      },
    );
  }
  const { tensors } = decodeSafetensors(bytes, file);
  const { sequences, length, rank, vocabularySize, temperature, inputs, vocabulary, titles, tokenizer, provenance } = manifest;
  const { latents, decoder, weights, ids } = tensors;
  const data = {
    sequences,
    length,
    rank,
    vocabularySize,
    temperature,
    inputs,
    latents: latents?.values,
    decoder: decoder?.values,
    weights: weights?.values,
    ...(ids === undefined ? {} : { ids: ids.values }),
  };
  const expected = tensorsOf(data as SyntheticData);
  for (const [name, { shape }] of Object.entries(expected)) {
    if (tensors[name]?.shape.join() !== shape.join()) {
      throw new FarziError(
        'FARZI_SAFETENSORS',
        `${file}: ${name} has the shape [${String(tensors[name]?.shape.join(', '))}], the manifest says [${shape.join(', ')}]`,
      );
    }
  }
  for (const [name, { values }] of Object.entries(tensors)) {
    const [type, wanted] = [elementType(values), name === 'ids' ? 'I32' : 'F32'];
    if (type !== wanted) throw new FarziError('FARZI_SAFETENSORS', `${file}: ${name} has the element type ${type}, not ${wanted}`);
  }
  if ((inputs === 'hard') !== (ids !== undefined) || vocabulary.length !== vocabularySize) {
    throw new FarziError('FARZI_SAFETENSORS', `${file}: the tensors do not fit the manifest's inputs or vocabulary`);
  }
  return {
    data: data as SyntheticData,
    vocabulary,
    provenance,
    ...(titles === undefined ? {} : { titles }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
}
