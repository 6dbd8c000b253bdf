import { AskedProcess, type ContributionConfig, FarziError, invariant, readSummary, receivedError, type Summary } from '@farzi/core';
import { extname } from 'node:path';
import { execute } from '../execute.js';
import type { ProgressReporter } from '../reporters/progress.js';
import { shareOf } from './at-once.js';
import type { SweepFolder } from './folder.js';
import { hear, type News } from './member-news.js';
import type { MemberRequest } from './member-process.js';
import { overridesOf } from './members.js';
import type { SweepPlan } from './plan.js';
import type { PreparedMember } from './prepare-members.js';

/** Follows a member, and stops it. */
export interface Following {
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

/** Runs a member in its run directory, going on with what is there. */
export type RunMember = (member: PreparedMember, following: Following) => Promise<Summary>;

/** Runs members in this process. */
export const runHere =
  (folder: SweepFolder, dataDirectories: readonly string[]): RunMember =>
  (member, { progress, signal }) =>
    // one that was not begun begins
    execute(member.prepared, {
      runDirectory: folder.runDirectory(member),
      existing: 'resume',
      store: folder.store,
      dataDirectories,
      signal,
      progress,
    });

/** What members that run in processes have in common. */
export interface MemberProcesses {
  readonly plan: SweepPlan;
  readonly usualExecutor: ContributionConfig;
  readonly dataDirectories: readonly string[];
  /** Members that share the machine. */
  readonly atOnce: number;
}

// sources are run as they are
const module = new URL(`./member-process${extname(import.meta.url)}`, import.meta.url);

/**
 * Runs each member in a process of its own.
 *
 * @throws what the member throws; FARZI_JOB_FAILED when its process is lost
 */
export const runInProcess =
  (folder: SweepFolder, { plan, usualExecutor, dataDirectories, atOnce }: MemberProcesses): RunMember =>
  async (member, { progress, signal }) => {
    const runDirectory = folder.runDirectory(member);
    const child = new AskedProcess<MemberRequest, undefined>(module);
    const set = [...plan.set, ...overridesOf(member), ...shareOf(atOnce, member.prepared.experiment.config)];
    const request = { experiment: plan.experiment, set, usualExecutor, runDirectory, store: folder.store, dataDirectories };
    try {
      const answer = await child
        .ask(request, {
          signal,
          onNews: (news) => {
            hear(news as News, progress);
          },
        })
        .catch((cause: unknown) => {
          throw new FarziError(
            'FARZI_JOB_FAILED',
            `The process of the member was lost: ${cause instanceof Error ? cause.message : String(cause)}.`,
            {
              hint: 'Go on with --resume: the member goes on from its last checkpoint. Where memory is short, fewer members take less: --at-once 1.',
              cause,
            },
          );
        });
      if ('error' in answer) throw receivedError(answer.error);
    } finally {
      await child.close();
    }
    const summary = await readSummary(runDirectory);
    invariant(summary, 'A member has run and left no summary.');
    await progress.onFinish?.(summary, runDirectory);
    return summary;
  };
