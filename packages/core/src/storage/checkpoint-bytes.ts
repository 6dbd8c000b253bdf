import { FarziError, invariant } from '../errors.js';
import { startSha256 } from '../platform/hash.js';
import { hexadecimal } from '../platform/hexadecimal.js';
import { parseExact, stringifyExact } from './exact-json.js';
import { type Fingerprint, isFingerprint } from './fingerprint.js';
import { decodeNumbers, elementType, encodeSafetensors, type SavedTensors } from './safetensors.js';

/** Arrays, and a JSON value that belongs to them. */
export interface Checkpoint {
  readonly tensors: SavedTensors;
  readonly state: unknown;
}

/** A checkpoint as the metadata of a safetensors file tell it. */
interface Label {
  /** Which checkpoint of the job: the file's name may have been changed. */
  readonly name: string;
  readonly state: string;
  readonly fingerprint: string;
}

/** SHA-256 of all that a checkpoint holds. */
function checksumOf(tensors: SavedTensors, { name, state, fingerprint }: Label): string {
  const hash = startSha256();
  hash.update(JSON.stringify([name, state, fingerprint]));
  for (const [key, { shape, values }] of Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([key, elementType(values), shape]));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hexadecimal(hash.digest());
}

/** A checkpoint as a safetensors file that says which one it is and what it belongs to, with a checksum. */
export function encodeCheckpoint(name: string, { tensors, state }: Checkpoint, fingerprint: Fingerprint): Uint8Array {
  const label: Label = { name, state: stringifyExact(state), fingerprint: JSON.stringify(fingerprint) };
  return encodeSafetensors(tensors, { ...label, sha256: checksumOf(tensors, label) });
}

/**
 * Reads what {@link encodeCheckpoint} gave.
 *
 * @param source - the file's name, for messages
 * @throws FARZI_SAFETENSORS when anything was altered, or it is another checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string, source: string): Checkpoint & { readonly fingerprint: Fingerprint } {
  const refuse = (what: string): FarziError =>
    new FarziError('FARZI_SAFETENSORS', `The file ${source} ${what}.`, { hint: 'Start the run anew with --overwrite.' });
  const { tensors, metadata } = decodeNumbers(bytes, source);
  const { name: saved, state, fingerprint, sha256 } = metadata;
  if (saved === undefined || state === undefined || fingerprint === undefined || sha256 === undefined)
    throw refuse('does not say what it belongs to: it was altered, or written by another version');
  if (checksumOf(tensors, { name: saved, state, fingerprint }) !== sha256)
    throw refuse('was altered: its checksum does not fit what it holds');
  if (saved !== name) throw refuse(`holds the checkpoint ${saved}, and not ${name}: files were exchanged`);
  const belongsTo: unknown = JSON.parse(fingerprint);
  invariant(isFingerprint(belongsTo), `The file ${source} has a checksum that fits, and no fingerprint.`);
  return { tensors, state: parseExact(state), fingerprint: belongsTo };
}
