import { createHash } from 'node:crypto';
import { FarziError } from '@farzi/core';
import { formatCount } from './errors.js';

/** What a published file must be. */
export interface Fingerprint {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const hint =
  'The download was altered on its way (a proxy?), or the publisher replaced the file. Try again; if it stays, fetch the file from its official address and check it.';

/** Follows bytes as they pass; a file that is already too long is refused before it fills the disk. */
export interface FingerprintCheck {
  /** @throws FARZI_DATA_CHECKSUM */
  update(chunk: Uint8Array): void;
  /** @throws FARZI_DATA_CHECKSUM */
  finish(): void;
}

/** Checks that bytes from `source` are those that were published. */
export function checkFingerprint(expected: Fingerprint, source: string): FingerprintCheck {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    update(chunk) {
      bytes += chunk.byteLength;
      if (bytes > expected.bytes)
        throw new FarziError(
          'FARZI_DATA_CHECKSUM',
          `The file ${source} is longer than the published ${formatCount(expected.bytes)} bytes.`,
          {
            hint,
          },
        );
      hash.update(chunk);
    },
    finish() {
      if (bytes !== expected.bytes)
        throw new FarziError(
          'FARZI_DATA_CHECKSUM',
          `The file ${source} has ${formatCount(bytes)} bytes instead of the published ${formatCount(expected.bytes)}.`,
          { hint },
        );
      const sha256 = hash.digest('hex');
      if (sha256 !== expected.sha256)
        throw new FarziError(
          'FARZI_DATA_CHECKSUM',
          `The file ${source} has sha256 ${sha256} instead of the published ${expected.sha256}.`,
          {
            hint,
          },
        );
    },
  };
}
