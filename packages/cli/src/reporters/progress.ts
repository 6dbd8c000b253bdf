import type { Reporter } from '@farzi/core';

/** Follows a run on the terminal. */
export interface ProgressReporter extends Reporter {
  /** Leaves the terminal in order; nothing is shown afterwards. */
  close(): void;
}

/** Shows nothing. */
export const silentProgress: ProgressReporter = { close: () => undefined };
