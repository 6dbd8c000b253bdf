import { durationText } from '../report/duration-text.js';
import { bytesText } from './bytes-text.js';
import type { Estimate } from './estimate.js';
import type { MemoryLimit } from './limit.js';

/** Parts of the peak that are listed. */
const LISTED = 5;

/** What a job is expected to take, in one sentence without its end. */
export function estimateSentence({ memoryBytes, diskBytes, scratchBytes, phases }: Estimate, limit: MemoryLimit): string {
  const scratch = scratchBytes > 0 ? `, and ${bytesText(scratchBytes)} in a scratch file meanwhile` : '';
  const seconds = new Map<string, number>();
  for (const { title, seconds: some = 0 } of phases) {
    const [stretch = title] = title.split(':');
    seconds.set(stretch, (seconds.get(stretch) ?? 0) + some);
  }
  const times = [...seconds].map(([stretch, some]) => `${stretch} ${durationText(some)}`).join(', ');
  return `expected: ${bytesText(memoryBytes)} of memory (${limit.origin}: ${bytesText(limit.bytes)}), ${bytesText(diskBytes)} on disk${scratch}; at most ${times}`;
}

/** The same in detail, line by line. */
export function estimateLines({ memoryBytes, diskBytes, scratchBytes, phases, parts }: Estimate, limit: MemoryLimit): string[] {
  const row = (name: string, ...values: readonly string[]): string =>
    `${name.padEnd(36)}${values.map((value) => value.padStart(14)).join('')}`.trimEnd();
  return [
    row('expected peak memory', bytesText(memoryBytes)),
    row(`limit: ${limit.origin}`, bytesText(limit.bytes)),
    row('on disk', bytesText(diskBytes)),
    ...(scratchBytes > 0 ? [row('in a scratch file meanwhile', bytesText(scratchBytes))] : []),
    '',
    row('stretch', 'memory', 'time at most'),
    ...phases.map(({ title, memoryBytes: memory, seconds }) =>
      row(title, bytesText(memory), seconds === undefined ? '-' : durationText(seconds)),
    ),
    '',
    row('largest parts of the peak', 'memory'),
    ...parts.slice(0, LISTED).map(({ what, bytes }) => row(what, bytesText(bytes))),
  ];
}
