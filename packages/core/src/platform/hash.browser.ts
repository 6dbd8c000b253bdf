import { sha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from './hash.js';

/** In a page, where the browser's own gives promises only. */
export function startSha256(): Sha256 {
  const hash = sha256.create();
  return {
    update: (part) => {
      hash.update(typeof part === 'string' ? new TextEncoder().encode(part) : part);
    },
    digest: () => hash.digest(),
  };
}
