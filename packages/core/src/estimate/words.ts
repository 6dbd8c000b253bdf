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
  const rows: readonly (readonly string[])[] = [
    ['expected peak memory', bytesText(memoryBytes)],
    [`limit: ${limit.origin}`, bytesText(limit.bytes)],
    ['on disk', bytesText(diskBytes)],
    ...(scratchBytes > 0 ? [['in a scratch file meanwhile', bytesText(scratchBytes)]] : []),
    [],
    ['stretch', 'memory', 'time at most'],
    ...phases.map(({ title, memoryBytes: memory, seconds }) => [
      title,
      bytesText(memory),
      seconds === undefined ? '-' : durationText(seconds),
    ]),
    [],
    ['largest parts of the peak', 'memory'],
    ...parts.slice(0, LISTED).map(({ what, bytes }) => [what, bytesText(bytes)]),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', ...values]) => [name.padEnd(width), ...values.map((value) => value.padStart(14))].join('').trimEnd());
}
