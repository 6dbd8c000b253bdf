import { FarziError } from '../errors.js';
import { memoryHere } from '../platform/machine.js';
import { bytesText } from './bytes-text.js';
import type { Estimate } from './estimate.js';
import type { MemoryPart } from './work.js';

/** The most memory that a job may be expected to take. */
export interface MemoryLimit {
  readonly bytes: number;
  /** Who sets it, as in `the memory of this machine`. */
  readonly origin: string;
}

/** Parts of a peak that are worth making smaller: this share of it, and no more than some. */
const WORTH_NAMING = 0.1;
const MOST_NAMED = 3;

/**
 * The limit that is configured, or else the memory of the container or of the machine.
 *
 * @param configured - in MB, the key `memoryLimit`
 */
export function memoryLimitOf(configured: number | undefined): MemoryLimit {
  if (configured !== undefined) return { bytes: configured * 2 ** 20, origin: 'memoryLimit' };
  return memoryHere() ?? { bytes: Infinity, origin: 'the memory of this machine' };
}

/**
 * Refuses a job before anything is allocated for it.
 *
 * @throws FARZI_MEMORY_LIMIT when it is expected to take more than the limit, naming what takes most and which sizes to
 *   change
 */
export function requireMemory({ memoryBytes, parts }: Pick<Estimate, 'memoryBytes' | 'parts'>, limit: MemoryLimit): void {
  if (memoryBytes <= limit.bytes) return;
  const largest = parts.filter(({ bytes, sizes }) => sizes.length > 0 && bytes >= WORTH_NAMING * memoryBytes).slice(0, MOST_NAMED);
  const words = largest.map(({ what, bytes }) => `${what} ${bytesText(bytes)}`).join(', ');
  throw new FarziError(
    'FARZI_MEMORY_LIMIT',
    `The job is expected to take ${bytesText(memoryBytes)} of memory${words === '' ? '' : ` (${words})`}, and ${limit.origin} is ${bytesText(limit.bytes)}.`,
    { hint: hint(largest) },
  );
}

function hint(largest: readonly MemoryPart[]): string {
  const sizes = [...new Set(largest.flatMap((part) => part.sizes))];
  return [
    ...largest.flatMap(({ advice }) => advice ?? []),
    `Lower ${sizes.length === 0 ? 'sizes of models and data' : sizes.join(', ')}.`,
    'An estimate may be half above what is taken: where you know better, set memoryLimit to more MB.',
  ].join(' ');
}
