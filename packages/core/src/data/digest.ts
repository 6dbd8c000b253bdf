import { createHash } from 'node:crypto';
import type { Dataset } from './dataset.js';

/** SHA-256 of what a dataset holds: the same for the same events, names and splits, wherever they came from. */
export function digestOf({ id, task, vocabulary, train, validation, test, protocol }: Dataset): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([id, task, protocol, vocabulary, train.length, validation.length, test.length]));
  const add = (tokens: Int32Array): void => {
    hash.update(`${tokens.length};`);
    hash.update(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  };
  train.forEach(add);
  for (const { tokens, firstTarget } of [...validation, ...test]) {
    hash.update(`${firstTarget};`);
    add(tokens);
  }
  return hash.digest('hex');
}
