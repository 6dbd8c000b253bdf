import type { Observer } from '@farzi/core';
import type { Io } from '../io.js';
import { ProgressBar } from './progress-bar.js';
import { ProgressLines } from './progress-lines.js';
import { type ProgressReporter, silentProgress } from './progress.js';

/** Progress as the terminal can show it: a bar, or lines for files and pipes. */
export function progressReporter({ quiet }: { readonly quiet?: boolean }, { stderr, screen, now }: Io): ProgressReporter {
  if (quiet === true) return silentProgress;
  return stderr.isTTY === true ? new ProgressBar(screen, now) : new ProgressLines(stderr, now);
}

/** The same for a job that is no run. */
export function observing(progress: ProgressReporter): Observer {
  return {
    onPhase: (...values) => progress.onPhase?.(...values),
    onProgress: (...values) => progress.onProgress?.(...values),
    onNote: (...values) => progress.onNote?.(...values),
  };
}
