import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import { type CodecDefinition, codecOf, storedPart } from '../storage/codec.js';
import { decodeSafetensors } from '../storage/safetensors.js';
import { sha256 } from '../storage/sha256.js';
import { areNames, codecFor, describedShape, type Description, senselessField } from './description.js';
import { decoded, within } from './encoded.js';
import type { Names, SyntheticPackage } from './package.js';
import { requireSound } from './sound.js';
import { latentPositions, type SyntheticData } from './synthetic.js';

const DATA_FILE = 'synthetic.safetensors';
const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'farzi-synthetic-1';

/** `manifest.json`. */
type Manifest = Description &
  Names & {
    readonly format: typeof FORMAT;
    readonly sha256: string;
    readonly bytes: number;
  };

async function read(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new FarziError('FARZI_DATA_NOT_FOUND', `The file ${file} cannot be read.`, {
      hint: 'Give the path of a *.farzi file, or of a folder with manifest.json and synthetic.safetensors.',
      cause,
    });
  });
}

function parseManifest(bytes: Uint8Array, file: string): Manifest {
  let manifest: Partial<Manifest> | undefined;
  try {
    // the first version named no codec
    manifest = { storage: { id: 'float32' }, ...(JSON.parse(new TextDecoder().decode(bytes)) as Partial<Manifest> | null) };
  } catch {
    // answered below, together with JSON that is no manifest
  }
  if (manifest?.format !== FORMAT) throw new FarziError('FARZI_SAFETENSORS', `The file ${file} is not a manifest of the format ${FORMAT}.`);
  const senseless = senselessField(manifest);
  if (senseless !== undefined) throw new FarziError('FARZI_SAFETENSORS', `${file}: The field ${senseless} is missing or makes no sense.`);
  if (areNames(manifest, manifest.vocabularySize as number)) return manifest as Manifest;
  throw new FarziError('FARZI_SAFETENSORS', `${file}: There are not ${String(manifest.vocabularySize)} names of tokens.`);
}

/**
 * Reads synthetic data as they were written before there were `*.farzi` files: a folder with a manifest and a
 * safetensors file, in which the decoder is `[rank, vocabulary]`, and ids and weights are numbers of 4 bytes.
 *
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_CHECKSUM when the data are not those of the manifest, FARZI_SAFETENSORS when
 *   they are malformed, FARZI_CONTRIBUTION_UNKNOWN for a codec that is not among the given ones
 */
export async function loadFolder(folder: string, codecs: readonly CodecDefinition[]): Promise<SyntheticPackage> {
  const manifestFile = join(folder, MANIFEST_FILE);
  const manifest = parseManifest(await read(manifestFile), manifestFile);
  const file = join(folder, DATA_FILE);
  const bytes = await read(file);
  const digest = sha256(bytes);
  if (bytes.length !== manifest.bytes || digest !== manifest.sha256) {
    throw new FarziError(
      'FARZI_DATA_CHECKSUM',
      `The file ${file} has ${bytes.length} bytes with sha256 ${digest}; its manifest says ${manifest.bytes} bytes, ${manifest.sha256}.`,
      { hint: 'The file is truncated or was altered. Make it again, or fetch it again from where it came.' },
    );
  }
  const { tensors } = decodeSafetensors(bytes, file);
  const { vocabulary, titles, tokenizer, provenance } = manifest;
  const shape = describedShape(manifest);
  const { sequences, length, rank, vocabularySize, inputs } = shape;
  const storage = codecFor(manifest.storage, codecs, manifestFile);
  const codec = codecOf(storage);
  const data = within(file, (): SyntheticData => ({
    ...shape,
    latents: decoded(codec, 'latents', tensors, [sequences, latentPositions(shape), rank]),
    decoder: decoded(codec, 'decoder', tensors, [rank, vocabularySize]),
    weights: storedPart(tensors, 'weights', Float32Array, [sequences, length]),
    ...(inputs === 'hard' ? { ids: storedPart(tensors, 'ids', Int32Array, [sequences, length]) } : {}),
  }));
  requireSound(data, file);
  return {
    ...{ data, vocabulary, storage, provenance },
    ...(titles === undefined ? {} : { titles }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
}
