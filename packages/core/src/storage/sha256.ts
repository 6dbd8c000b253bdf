import { startSha256 } from '../platform/hash.js';
import { hexadecimal } from '../platform/hexadecimal.js';

/** SHA-256 in hexadecimal. */
export function sha256(content: Uint8Array | string): string {
  const hash = startSha256();
  hash.update(content);
  return hexadecimal(hash.digest());
}
