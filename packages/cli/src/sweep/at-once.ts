import { availableParallelism } from 'node:os';
import { type ExperimentConfig, memoryLimitOf, threadsHere } from '@farzi/core';

/** How many members run at the same time: as many as there are cores, where nobody says how many, and processes do the work. */
export function membersAtOnce(wanted: number | undefined, members: readonly ExperimentConfig[]): number {
  const inline = members.some(({ executor }) => executor.id === 'inline');
  const usual = inline ? 1 : Math.floor(availableParallelism() / Math.max(1, ...members.map(({ threads }) => threads)));
  return Math.max(1, Math.min(members.length, wanted ?? usual));
}

/** Overrides that give each of some members its share of the machine. */
export function shareOf(atOnce: number, { threads, memoryLimit }: ExperimentConfig): string[] {
  const memory = Math.floor(memoryLimitOf(memoryLimit).bytes / 2 ** 20 / atOnce);
  // threads that the experiment asks for are what results depend on
  const each = threads > 0 ? threads : Math.max(1, Math.floor(threadsHere() / atOnce));
  return [`threads=${each}`, `memoryLimit=${memory}`];
}
