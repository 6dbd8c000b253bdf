import { startSha256 } from '../platform/hash.js';
import { hexadecimal } from '../platform/hexadecimal.js';
import type { Dataset } from './dataset.js';

/**
 * SHA-256 of all that a dataset holds: the same for the same events, names, splits and tokens, wherever they came from.
 */
export function digestOf(dataset: Dataset): string {
  const { id, task, vocabulary, titles, tokenizer, characters, train, validation, test, sequences, events, protocol } = dataset;
  const hash = startSha256();
  const names = [vocabulary, titles ?? null, characters ?? null, tokenizer?.unknown ?? null, tokenizer?.saved ?? null];
  hash.update(JSON.stringify([id, task, protocol, sequences, events, ...names, train.length, validation.length, test.length]));
  const add = (tokens: Int32Array): void => {
    hash.update(`${tokens.length};`);
    hash.update(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  };
  train.forEach(add);
  for (const { tokens, firstTarget } of [...validation, ...test]) {
    hash.update(`${firstTarget};`);
    add(tokens);
  }
  return hexadecimal(hash.digest());
}
