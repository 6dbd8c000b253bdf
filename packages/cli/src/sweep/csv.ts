import { stringify } from 'csv-stringify/sync';
import type { Selection } from '../results.js';
import { pathsOf } from './members.js';
import { valueText } from './names.js';
import { bestOf, type MemberOutcome, studentRows } from './results.js';

/** The table of a sweep for other programs: exact numbers, a row for each member and student. */
export function sweepCsv(outcomes: readonly MemberOutcome[], selection: Selection): string {
  const paths = pathsOf(outcomes.map(({ member }) => member));
  const best = bestOf(outcomes, selection);
  const rows = outcomes.flatMap(({ member, outcome }) => {
    const students = outcome.status === 'finished' ? studentRows(outcome.summary, selection) : [undefined];
    return students.map((row) => [
      member.name,
      ...member.assignments.map(({ value }) => valueText(value)),
      ...[row?.student, row?.bytes, row?.fractionOfBytes, row === undefined ? undefined : selection.key, row?.validation],
      ...[row?.full, row?.distilled].flatMap((each) => [each?.mean, each?.deviation, each?.count]),
      ...[
        row?.retention,
        outcome.status,
        String(member === best),
        ...(outcome.status === 'failed' ? [outcome.code, outcome.message] : ['', '']),
      ],
    ]);
  });
  const ofArm = (arm: string): string[] => ['mean', 'deviation', 'seeds'].map((what) => `${arm}_${what}`);
  return stringify([
    [
      ...['member', ...paths, 'student', 'bytes', 'fraction_of_bytes', 'metric', 'validation', ...ofArm('full'), ...ofArm('distilled')],
      ...['retention', 'status', 'best', 'error', 'message'],
    ],
    ...rows,
  ]);
}
