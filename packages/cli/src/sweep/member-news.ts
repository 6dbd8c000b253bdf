import type { Reporter } from '@farzi/core';
import { type ProgressReporter, silentProgress } from '../reporters/progress.js';

/** What is told of a member that another process runs. */
type Told = 'onPhase' | 'onProgress' | 'onNote';

/** A call of a reporter's method: JSON. */
export type News = { readonly [Name in Told]: { readonly name: Name; readonly values: Parameters<NonNullable<Reporter[Name]>> } }[Told];

/** A reporter that tells what it hears to another process. */
export const teller = (tell: (news: News) => void): ProgressReporter => ({
  ...silentProgress,
  onPhase: (...values) => {
    tell({ name: 'onPhase', values });
  },
  onProgress: (...values) => {
    tell({ name: 'onProgress', values });
  },
  onNote: (...values) => {
    tell({ name: 'onNote', values });
  },
});

/** Has a reporter hear what another process tells. */
export function hear(news: News, reporter: Reporter): void {
  switch (news.name) {
    case 'onPhase':
      reporter.onPhase?.(...news.values);
      break;
    case 'onProgress':
      reporter.onProgress?.(...news.values);
      break;
    case 'onNote':
      reporter.onNote?.(...news.values);
      break;
  }
}
