import { decisiveSettings, describeRun, FarziError, type Fingerprint, readSummary, type RunDescription, type Summary } from '@farzi/core';
import type { Assignment } from '../sweep/names.js';
import type { MemberOutcome } from '../sweep/results.js';

/** A finished run that is compared with others. */
export interface ComparedRun extends RunDescription {
  readonly summary: Summary;
}

/**
 * Reads what finished runs say of themselves.
 *
 * @throws FARZI_RUN_INCOMPLETE for one that has not ended, FARZI_USAGE for runs that no number of compares
 */
export async function comparedRuns(paths: readonly string[]): Promise<ComparedRun[]> {
  const runs: ComparedRun[] = [];
  for (const path of new Set(paths)) {
    const description = await describeRun(path);
    const summary = await readSummary(path);
    if (summary === undefined) {
      throw new FarziError('FARZI_RUN_INCOMPLETE', `The run ${path} has not ended: it has no summary.json.`, {
        hint: 'Go on with it with --resume, or leave it out.',
      });
    }
    runs.push({ ...description, summary });
  }
  const [first] = runs;
  const other = runs.find(({ config }) => config.task !== first?.config.task);
  if (first !== undefined && other !== undefined) {
    throw new FarziError(
      'FARZI_USAGE',
      `The runs are of different tasks: ${first.path} is for ${first.config.task}, ${other.path} for ${other.config.task}.`,
      { hint: 'Compare runs of one task.' },
    );
  }
  return runs;
}

/** Runs as a sweep has its members: with the settings that are not the same in all of them. */
export function runOutcomes(runs: readonly ComparedRun[]): MemberOutcome[] {
  const settings = runs.map(({ config }) => decisiveSettings(config));
  const names = [...new Set(settings.flatMap((each) => Object.keys(each)))];
  const differing = names.filter((name) => new Set(settings.map((each) => each[name])).size > 1);
  return runs.map(({ path, summary }, index) => ({
    member: {
      name: path,
      assignments: [{ path: 'run', value: path }, ...differing.map((name) => assignment(name, settings[index] ?? {}))],
    },
    outcome: { status: 'finished', summary },
  }));
}

function assignment(path: string, settings: Fingerprint): Assignment {
  const text = settings[path];
  if (text === undefined) return { path, value: '-' };
  try {
    return { path, value: JSON.parse(text) as unknown };
  } catch {
    return { path, value: text };
  }
}
