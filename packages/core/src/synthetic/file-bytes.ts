import { FarziError } from '../errors.js';
import { type CodecDefinition, codecOf, storedPart } from '../storage/codec.js';
import { defaultCodec } from '../storage/codecs/index.js';
import { deflated, inflated } from '../storage/deflated.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../storage/safetensors.js';
import { sha256 } from '../storage/sha256.js';
import { areNames, codecFor, describedShape, type Description, type NamesAndSource, senselessField, storageName } from './description.js';
import { decodeData, encodeData, type StoredTensors, within } from './encoded.js';
import type { SyntheticPackage } from './package.js';
import { ALTERED } from './sound.js';
import { shapeOf } from './synthetic.js';

/** What every file says in its metadata. */
const FORMAT = 'farzi-synthetic';
/** Version of the format: 1 was a folder, and 2 had the names as text in the metadata. */
const VERSION = '3';
const READ_VERSIONS: readonly (string | undefined)[] = ['2', VERSION];
/** The array that names are in. */
const NAMES = 'names';

/** What stands for the checksum while it is computed. */
const NO_CHECKSUM = '0'.repeat(64);

/** How a `*.farzi` file is written. */
export interface SaveSyntheticOptions {
  /** Names of tokens, titles and tokenizer: in the file (the default), or in `*.vocabulary.json` beside it. */
  readonly vocabulary?: 'inside' | 'beside';
}

/** Where the names of a file's tokens are when they are not in it. */
export const vocabularyFile = (file: string): string => `${file.replace(/\.farzi$/, '')}.vocabulary.json`;

/** What whoever has the dataset has, too, as text: names of its tokens, and what it is. */
export function namesOf({ vocabulary, titles, tokenizer, provenance: { protocol, digest, licence } }: SyntheticPackage): string {
  return JSON.stringify({ vocabulary, titles, tokenizer, source: { protocol, digest, licence } } satisfies {
    [Field in keyof NamesAndSource]: unknown;
  });
}

function descriptionOf({ data, storage = defaultCodec(), provenance }: SyntheticPackage): object {
  const { protocol: _protocol, digest: _digest, licence: _licence, ...rest } = provenance;
  return { ...shapeOf(data), storage: storageName(storage), provenance: rest };
}

/** A `*.farzi` file, see `docs/format.md`. The same data give the same bytes. */
export function encodeSynthetic(synthetic: SyntheticPackage, { vocabulary = 'inside' }: SaveSyntheticOptions = {}): Uint8Array {
  const { data, storage = defaultCodec() } = synthetic;
  const names = namesOf(synthetic);
  const inside = vocabulary === 'inside';
  const tensors = { ...encodeData(data, codecOf(storage)), ...(inside ? { [NAMES]: storedText(names) } : {}) };
  const bytes = encodeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    description: JSON.stringify(descriptionOf(synthetic)),
    ...(inside ? {} : { namesSha256: sha256(names) }),
    sha256: NO_CHECKSUM,
  });
  bytes.set(new TextEncoder().encode(sha256(bytes)), placeOf(NO_CHECKSUM, bytes));
  return bytes;
}

function storedText(text: string): StoredTensor {
  const values = deflated(text);
  return { shape: [values.length], values };
}

/** The names of tokens, as text; `undefined` where they are not in the file. */
function namesWithin(tensors: StoredTensors, metadata: Readonly<Record<string, string>>, source: string): string | undefined {
  const stored = tensors[NAMES];
  if (stored === undefined) return metadata['names'];
  return within(source, () => inflated(storedPart(tensors, NAMES, Uint8Array, [stored.values.length])));
}

/** Where the checksum stands in a file: behind the only key of that name, as quotes inside of strings are escaped. */
function placeOf(checksum: string, bytes: Uint8Array): number {
  const key = new TextEncoder().encode(`"sha256":"${checksum}"`);
  const isAt = (place: number): boolean => key.every((byte, index) => bytes[place + index] === byte);
  let place = bytes.indexOf(key[0] as number);
  while (place >= 0 && !isAt(place)) place = bytes.indexOf(key[0] as number, place + 1);
  return place + '"sha256":"'.length;
}

/**
 * Reads a `*.farzi` file.
 *
 * @param source - its name, for messages
 * @param names - reads the names of its tokens where they are not in it
 * @throws FARZI_FORMAT_VERSION, FARZI_DATA_CHECKSUM, FARZI_SAFETENSORS, FARZI_CONTRIBUTION_UNKNOWN for a codec that is
 *   not among the given ones
 */
export async function decodeSynthetic(
  bytes: Uint8Array,
  source: string,
  codecs: readonly CodecDefinition[],
  names: () => Promise<string>,
): Promise<SyntheticPackage> {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  const { format, version, description: described, namesSha256, sha256: checksum } = metadata;
  const refuse = (what: string): never => {
    throw new FarziError('FARZI_SAFETENSORS', `${source}: ${what}.`, { hint: ALTERED });
  };
  if (format !== FORMAT)
    throw new FarziError('FARZI_SAFETENSORS', `The file ${source} holds no synthetic data: its metadata do not say format ${FORMAT}.`, {
      hint: 'Give a *.farzi file, as farzi run and saveSynthetic write it.',
    });
  if (!READ_VERSIONS.includes(version))
    throw new FarziError(
      'FARZI_FORMAT_VERSION',
      `The file ${source} has version ${String(version)} of its format, and not ${READ_VERSIONS.join(' or ')}.`,
      {
        hint: 'It was written by another version of @farzi/core: install that one.',
      },
    );
  requireChecksum(bytes, checksum, source);
  const description = parse(described) as Description;
  const senseless = senselessField(description);
  if (senseless !== undefined) return refuse(`The field ${senseless} of its description is missing or makes no sense`);
  const { storage, provenance } = description;
  const shape = describedShape(description);
  const configured = codecFor(storage, codecs, source);
  const data = decodeData(shape, tensors, codecOf(configured), source);
  const text = namesWithin(tensors, metadata, source) ?? (await names());
  if (namesSha256 !== undefined && sha256(text) !== namesSha256)
    throw new FarziError('FARZI_DATA_CHECKSUM', `The names of tokens in ${vocabularyFile(source)} are not those of ${source}.`, {
      hint: 'Keep the file that was written beside the data.',
    });
  const found = parse(text);
  if (!areNames(found, shape.vocabularySize)) return refuse(`There are not ${shape.vocabularySize} names of tokens`);
  const { source: about, ...named } = found;
  return { data, storage: configured, provenance: { ...provenance, ...about }, ...named };
}

function requireChecksum(bytes: Uint8Array, checksum: string | undefined, source: string): void {
  const copy = Uint8Array.from(bytes);
  const place = placeOf(checksum ?? '', copy);
  copy.fill('0'.charCodeAt(0), place, place + NO_CHECKSUM.length);
  if (checksum?.length === NO_CHECKSUM.length && sha256(copy) === checksum) return;
  throw new FarziError('FARZI_DATA_CHECKSUM', `The file ${source} was altered: its checksum does not fit what it holds.`, {
    hint: ALTERED,
  });
}

/** `undefined` for what is no JSON. */
function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
