import { type ContributionConfig, respondWith } from '@farzi/core';
import { execute, type Execution } from '../execute.js';
import { prepare } from '../prepare.js';
import { type News, teller } from './member-news.js';

/** The member that a process is asked to run: JSON. */
export interface MemberRequest extends Pick<Execution, 'runDirectory' | 'dataDirectories' | 'store'> {
  readonly experiment: string;
  readonly set: readonly string[];
  readonly usualExecutor: ContributionConfig;
}

/** What processes run members of a sweep with. */
respondWith(async ({ experiment, set, usualExecutor, ...execution }: MemberRequest, signal, tell) => {
  const prepared = await prepare(experiment, { set, usualExecutor });
  const progress = teller((news: News) => {
    tell(news);
  });
  await execute(prepared, { ...execution, existing: 'resume', signal, progress });
});
