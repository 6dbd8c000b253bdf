import type { Reporter } from '@farzi/core';

/** What notes call every {@link ProgressReporter}. */
export const PROGRESS = 'the progress on the terminal';

/** Follows a run on the terminal. */
export interface ProgressReporter extends Reporter {
  /** Leaves the terminal in order; nothing is shown afterwards. */
  close(): void;
}

/** Shows nothing. */
export const silentProgress: ProgressReporter = { name: PROGRESS, close: () => undefined };
