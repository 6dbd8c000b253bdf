import { durationText, type Reporter } from '@farzi/core';

type StartInfo = Parameters<NonNullable<Reporter['onStart']>>[0];

/** What notes call every {@link ProgressReporter}. */
export const PROGRESS = 'the progress on the terminal';

/** Follows a run on the terminal. */
export interface ProgressReporter extends Reporter {
  /** Leaves the terminal in order; nothing is shown afterwards. */
  close(): void;
}

/** Where a run starts or goes on. */
export function startText({ runDirectory, engine, threads, resumed }: StartInfo): string {
  return `The run in ${runDirectory} ${resumed ? 'goes on' : 'starts'} with ${engine}, threads: ${threads}.`;
}

/** That a run ended well. */
export const doneText = (seconds: number): string => `The run is done after ${durationText(seconds)}.`;

/** Shows nothing. */
export const silentProgress: ProgressReporter = { name: PROGRESS, close: () => undefined };
