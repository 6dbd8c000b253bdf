import { invariant, writeWhole } from '@farzi/core';
import { comparedRuns, runOutcomes } from '../compare/outcomes.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { type PluginOptions, registryOf } from '../prepare.js';
import type { Selection } from '../results.js';
import { sweepCsv } from '../sweep/csv.js';
import { bestOf, type MemberOutcome, studentRows } from '../sweep/results.js';
import { sweepTable, sweepText } from '../sweep/table.js';
import { tableStyle } from '../table.js';

/** Options of `farzi compare`. */
export interface CompareOptions extends PluginOptions {
  /** Instead of the metric that the first run selects by. */
  readonly metric?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
  /** File of a page. */
  readonly html?: string;
}

/** Compares finished runs: what differs between them, bytes, and what students learned. */
export async function compare(paths: readonly string[], options: CompareOptions, io: Io): Promise<number> {
  const runs = await comparedRuns(paths);
  const [first] = runs;
  invariant(first, 'No run is compared.');
  const registry = await registryOf(options);
  const selection = registry.metric(options.metric ?? first.config.evaluation.selection, first.config.task);
  const outcomes = runOutcomes(runs);
  const table = sweepTable(outcomes, selection, 'run');
  if (options.html !== undefined) {
    const { sweepPage } = await import('../sweep/page.js');
    await writeWhole(options.html, sweepPage('Farzi: runs compared', outcomes, selection, table));
  }
  if (options.csv === true) io.stdout.write(sweepCsv(outcomes, selection));
  else if (options.json === true) io.stdout.write(`${JSON.stringify(comparisonJson(outcomes, selection), null, 2)}\n`);
  else io.stdout.write(sweepText(table, tableStyle(io.stdout)));
  return exitCodes.ok;
}

function comparisonJson(outcomes: readonly MemberOutcome[], selection: Selection): unknown {
  const best = bestOf(outcomes, selection);
  return {
    metric: selection.key,
    best: best?.name ?? null,
    runs: outcomes.map(({ member, outcome }) => ({
      run: member.name,
      settings: Object.fromEntries(member.assignments.slice(1).map(({ path, value }) => [path, value])),
      students: outcome.status === 'finished' ? studentRows(outcome.summary, selection) : [],
    })),
  };
}
