import { basename, extname, join } from 'node:path';
import { invariant } from '@farzi/core';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import type { SetOptions } from '../prepare.js';
import { executedBy, usualExecutor } from '../processes.js';
import { commandLine } from '../shell.js';
import { SweepFolder } from '../sweep/folder.js';
import { type PlanOptions, readPlan } from '../sweep/plan.js';
import { membersAtOnce } from '../sweep/at-once.js';
import { prepareMembers } from '../sweep/prepare-members.js';
import { runHere, runInProcess } from '../sweep/run-member.js';
import { runMembers } from '../sweep/run-members.js';
import { sweepTable, sweepText } from '../sweep/table.js';
import { tableStyle } from '../table.js';

/** Options of `farzi sweep`. */
export interface SweepOptions extends SetOptions, DataOptions, PlanOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly failFast?: boolean;
  /** Members at the same time. */
  readonly atOnce?: number;
  /** Id of an executor, instead of the configuration's. */
  readonly executor?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Runs an experiment once for each of many settings, and compares what came out. */
export async function sweep(file: string, options: SweepOptions, io: Io): Promise<number> {
  const out = options.out ?? join('sweeps', basename(file, extname(file)));
  const { set = [], executor, resume = false, failFast = false, quiet = false, verbose = false } = options;
  const plan = await readPlan(file, { ...options, set: [...executedBy(executor), ...set] });
  const usual = usualExecutor(io);
  const members = await prepareMembers(plan, usual);
  const [first] = members;
  invariant(first, 'A sweep has no members.');
  const { selection } = first.prepared.experiment;
  const folder = await SweepFolder.open(out, plan, members, resume);
  try {
    const dataDirectories = dataDirectoriesOf(options, io);
    const atOnce = membersAtOnce(
      options.atOnce,
      members.map(({ prepared }) => prepared.experiment.config),
    );
    const runMember =
      atOnce === 1 ? runHere(folder, dataDirectories) : runInProcess(folder, { plan, usualExecutor: usual, dataDirectories, atOnce });
    const { outcomes, interrupted } = await runMembers(folder, members, runMember, { selection, atOnce, failFast, quiet, verbose }, io);
    if (interrupted) {
      io.stderr.write(`The sweep was interrupted. To go on where it stopped, run this command:\n  ${resumeCommand(file, options, out)}\n`);
      return exitCodes.interrupted;
    }
    io.stdout.write(`${sweepText(sweepTable(outcomes, selection), tableStyle(io.stdout))}Folder: ${out}\n`);
    return outcomes.some(({ outcome }) => outcome.status === 'failed') ? exitCodes.failure : exitCodes.ok;
  } finally {
    await folder.close();
  }
}

function resumeCommand(
  file: string,
  { sweep: axes = [], set = [], dataDir, executor, atOnce, failFast, quiet }: SweepOptions,
  out: string,
): string {
  return commandLine([
    ...['farzi', 'sweep', file],
    ...axes.flatMap((each) => ['--sweep', each]),
    ...set.flatMap((override) => ['--set', override]),
    ...['--out', out],
    ...(executor === undefined ? [] : ['--executor', executor]),
    ...(atOnce === undefined ? [] : ['--at-once', String(atOnce)]),
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(failFast === true ? ['--fail-fast'] : []),
    ...(quiet === true ? ['--quiet'] : []),
    '--resume',
  ]);
}
