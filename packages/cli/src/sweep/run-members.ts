import { isFarziError, readSummary, takeSteps } from '@farzi/core';
import { errorText } from '../error-text.js';
import { Interrupt, wasInterrupted } from '../interrupt.js';
import type { Io } from '../io.js';
import type { Selection } from '../results.js';
import type { SweepFolder } from './folder.js';
import type { PreparedMember } from './prepare-members.js';
import { oneByOne, together } from './progress.js';
import type { MemberOutcome, Outcome } from './results.js';
import type { RunMember } from './run-member.js';

/** How members are run. */
export interface RunMembersOptions {
  readonly selection: Selection;
  /** Members at the same time, at most. */
  readonly atOnce: number;
  /** Whether the first member that fails is the last one. */
  readonly failFast: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What became of all members. */
export interface SweepOutcome {
  readonly outcomes: readonly MemberOutcome[];
  readonly interrupted: boolean;
}

/** What to do about a member that has only a share of the memory. */
const SHARED_MEMORY = 'Members that run at the same time share the memory: with --at-once 1 each of them has all of it.\n';

/**
 * Runs members, earlier ones first, leaving out those that an earlier call has finished; what is known is written after
 * each of them. One that fails does not end the others.
 */
export async function runMembers(
  folder: SweepFolder,
  members: readonly PreparedMember[],
  runMember: RunMember,
  { selection, atOnce, failFast, quiet, verbose }: RunMembersOptions,
  io: Io,
): Promise<SweepOutcome> {
  const outcomes = new Map<PreparedMember, Outcome>();
  for (const member of members) {
    const summary = await readSummary(folder.runDirectory(member));
    outcomes.set(member, summary === undefined ? { status: 'waiting' } : { status: 'finished', summary });
  }
  const known = (): MemberOutcome[] => [...outcomes].map(([member, outcome]) => ({ member, outcome }));
  let written = folder.write(known(), selection);
  await written;
  const left = members.filter((member) => outcomes.get(member)?.status === 'waiting');
  const progress = (atOnce > 1 ? together : oneByOne)({ quiet, members, finished: members.length - left.length }, io);
  const words =
    atOnce > 1
      ? 'The sweep is interrupted, and its members save checkpoints.'
      : 'The sweep is interrupted, and its member saves a checkpoint.';
  const interrupt = new Interrupt(
    io,
    () => {
      progress.note(`${words} Interrupt again to stop at once.`);
    },
    () => {
      progress.close();
    },
  );
  const failed = new AbortController();
  const run = async (member: PreparedMember, signal: AbortSignal): Promise<void> => {
    const following = progress.of(member);
    try {
      outcomes.set(member, { status: 'finished', summary: await runMember(member, { progress: following, signal }) });
    } catch (error) {
      // one that was stopped goes on another time
      if (wasInterrupted(error, signal)) return;
      outcomes.set(member, failureOf(error));
      if (failFast) failed.abort();
      const more = atOnce > 1 && isFarziError(error) && error.code === 'FARZI_MEMORY_LIMIT' ? SHARED_MEMORY : '';
      progress.failure(`The member ${member.title} failed:\n${errorText(error, verbose)}${more}`);
    } finally {
      following.close();
      written = written.then(() => folder.write(known(), selection));
      await written;
    }
  };
  const steps = left.map((member) => ({
    needs: [],
    run: async (either: AbortSignal): Promise<void> => {
      if (!either.aborted) await run(member, either);
    },
  }));
  try {
    await takeSteps(steps, atOnce, AbortSignal.any([interrupt.signal, failed.signal]));
    return {
      outcomes: known(),
      interrupted: interrupt.signal.aborted && left.some((member) => outcomes.get(member)?.status === 'waiting'),
    };
  } finally {
    progress.close();
    interrupt.dispose();
  }
}

function failureOf(error: unknown): Outcome {
  if (isFarziError(error)) return { status: 'failed', code: error.code, message: error.message };
  return { status: 'failed', code: 'FARZI_INTERNAL', message: `${error instanceof Error ? error.message : String(error)}.` };
}
