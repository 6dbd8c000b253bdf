import { createHash } from 'node:crypto';

/** SHA-256 of what is added to it, part by part. */
export interface Sha256 {
  update(part: string | Uint8Array): void;
  /** 32 bytes. */
  digest(): Uint8Array;
}

/** In Node.js: its own. */
export function startSha256(): Sha256 {
  const hash = createHash('sha256');
  return {
    update: (part) => {
      hash.update(part);
    },
    digest: () => hash.digest(),
  };
}
