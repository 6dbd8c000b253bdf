import { arms } from '../arms.js';
import { countText, percentText, statisticText } from '../format.js';
import type { Selection } from '../results.js';
import { fitted, type TableStyle } from '../table.js';
import { pathsOf } from './members.js';
import { titleOf, valueText } from './names.js';
import { bestOf, type MemberOutcome, studentRows } from './results.js';

/** What a sweep came to, as tables tell it. */
export interface SweepTable {
  readonly headings: readonly string[];
  /** @param star - marks the member that was best on validation */
  cells(plusMinus: string, star: string): string[][];
  /** Sentences below it. */
  readonly notes: readonly string[];
}

const single = (value: number | undefined): string => statisticText({ mean: value ?? Number.NaN, deviation: 0, count: 1 }, '');

/**
 * Rows of all members: one, or one for each student where there are several.
 *
 * @param what - a member is, for sentences
 */
export function sweepTable(outcomes: readonly MemberOutcome[], selection: Selection, what: 'member' | 'run' = 'member'): SweepTable {
  const { key } = selection;
  const paths = pathsOf(outcomes.map(({ member }) => member));
  const rows = outcomes.map(({ member, outcome }) => ({
    ...{ member, outcome },
    students: outcome.status === 'finished' ? studentRows(outcome.summary, selection) : [undefined],
  }));
  const severalStudents = new Set(rows.flatMap(({ students }) => students.flatMap((row) => row?.student ?? []))).size > 1;
  const unfinished = outcomes.some(({ outcome }) => outcome.status !== 'finished');
  const best = bestOf(outcomes, selection);
  return {
    headings: [
      ...['', ...paths, ...(severalStudents ? ['student'] : []), 'bytes', "of events' bytes", `validation ${key}`],
      ...[`${arms.full} ${key}`, `${arms.distilled} ${key}`, `${arms.distilled} vs ${arms.full}`, ...(unfinished ? ['status'] : [])],
    ],
    cells: (plusMinus, star) =>
      rows.flatMap(({ member, outcome, students }) =>
        students.map((row) => [
          member === best ? star : '',
          ...member.assignments.map(({ value }) => valueText(value)),
          ...(severalStudents ? [row?.student ?? '-'] : []),
          ...[countText(row?.bytes), percentText(row?.fractionOfBytes), single(row?.validation)],
          ...[row?.full, row?.distilled].map((each) => (each === undefined ? '-' : statisticText(each, plusMinus))),
          percentText(row?.retention),
          ...(unfinished ? [outcome.status === 'failed' ? outcome.code : outcome.status] : []),
        ]),
      ),
    notes: [
      best === undefined
        ? `No ${what} has a finite ${key} on validation, so that none is chosen.`
        : `The star marks the ${what} that was best on validation (${key}): ${titleOf(best.assignments)}. The other columns are about test, which chooses nothing.`,
      ...outcomes.flatMap(({ member, outcome }) =>
        outcome.status === 'failed' ? [`The ${what} ${titleOf(member.assignments)} failed with ${outcome.code}: ${outcome.message}`] : [],
      ),
    ],
  };
}

/** The table as a user reads it in a terminal. */
export function sweepText(table: SweepTable, style: TableStyle): string {
  const drawn = fitted(table.headings, (plusMinus) => table.cells(plusMinus, style.plain ? '*' : '★'), style);
  return [drawn, '', ...table.notes, ''].join('\n');
}
