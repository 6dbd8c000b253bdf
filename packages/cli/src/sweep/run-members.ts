import { isFarziError, readSummary } from '@farzi/core';
import { execute } from '../execute.js';
import { errorText } from '../error-text.js';
import { Interrupt, wasInterrupted } from '../interrupt.js';
import type { Io } from '../io.js';
import { progressReporter } from '../reporters/choose.js';
import { type ProgressReporter, silentProgress } from '../reporters/progress.js';
import type { Selection } from '../results.js';
import type { SweepFolder } from './folder.js';
import type { PreparedMember } from './prepare-members.js';
import type { MemberOutcome, Outcome } from './results.js';

/** How members are run. */
export interface RunMembersOptions {
  readonly dataDirectories: readonly string[];
  readonly selection: Selection;
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

/**
 * Runs members one after the other, leaving out those that an earlier call has finished; what is known is written after
 * each of them. One that fails does not end the others.
 */
export async function runMembers(
  folder: SweepFolder,
  members: readonly PreparedMember[],
  options: RunMembersOptions,
  io: Io,
): Promise<SweepOutcome> {
  const outcomes = new Map<PreparedMember, Outcome>();
  for (const member of members) {
    const summary = await readSummary(folder.runDirectory(member));
    outcomes.set(member, summary === undefined ? { status: 'waiting' } : { status: 'finished', summary });
  }
  const known = (): MemberOutcome[] => [...outcomes].map(([member, outcome]) => ({ member, outcome }));
  await folder.write(known(), options.selection);
  let interrupted = false;
  let progress: ProgressReporter = silentProgress;
  const interrupt = new Interrupt(
    io,
    () => progress.onNote?.('The sweep is interrupted, and its member saves a checkpoint. Interrupt again to stop at once.'),
    () => {
      progress.close();
    },
  );
  try {
    for (const [index, member] of members.entries()) {
      if (outcomes.get(member)?.status === 'finished') continue;
      interrupted = interrupt.signal.aborted;
      if (interrupted) break;
      progress = progressReporter(options, io);
      progress.onNote?.(`This is member ${index + 1} of ${members.length}: ${member.title}.`);
      try {
        const summary = await execute(member.prepared, {
          runDirectory: folder.runDirectory(member),
          // one that was not begun begins
          existing: 'resume',
          store: folder.store,
          dataDirectories: options.dataDirectories,
          signal: interrupt.signal,
          progress,
        });
        outcomes.set(member, { status: 'finished', summary });
      } catch (error) {
        progress.close();
        interrupted = wasInterrupted(error, interrupt.signal);
        if (interrupted) break;
        outcomes.set(member, failureOf(error));
        io.stderr.write(`The member ${member.title} failed:\n${errorText(error, options.verbose)}`);
        if (options.failFast) break;
      } finally {
        progress.close();
        await folder.write(known(), options.selection);
      }
    }
    return { outcomes: known(), interrupted };
  } finally {
    interrupt.dispose();
  }
}

function failureOf(error: unknown): Outcome {
  if (isFarziError(error)) return { status: 'failed', code: error.code, message: error.message };
  return { status: 'failed', code: 'FARZI_INTERNAL', message: `${error instanceof Error ? error.message : String(error)}.` };
}
