import { decodeSafetensors } from '../storage/safetensors.js';
import { encodeSynthetic } from './file-bytes.js';
import type { SyntheticPackage } from './package.js';

/** Bytes of a `*.farzi` file. */
export interface StoredBytes {
  readonly latents: number;
  readonly decoder: number;
  /** Token ids that are read, for hard inputs. */
  readonly inputs: number;
  /** Which targets count. */
  readonly weights: number;
  /** What is said about the data, and where in the file they are. */
  readonly description: number;
  /** All of these. */
  readonly total: number;
  /** Names, titles and tokenizer, which are counted apart: whoever has the events has them, too. */
  readonly vocabulary: number;
}

/** Counts the bytes that synthetic data are stored with. */
export function storedBytes(synthetic: SyntheticPackage): StoredBytes {
  const file = encodeSynthetic(synthetic, { vocabulary: 'beside' });
  const tensors = Object.entries(decodeSafetensors(file, 'the synthetic data').tensors);
  const of = (field: string): number =>
    tensors.filter(([name]) => name === field || name.startsWith(`${field}.`)).reduce((sum, [, { values }]) => sum + values.byteLength, 0);
  const parts = { latents: of('latents'), decoder: of('decoder'), inputs: of('ids'), weights: of('weights') };
  const total = file.length;
  const description = total - Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return { ...parts, description, total, vocabulary: encodeSynthetic(synthetic).length - total };
}
