import { dirname, isAbsolute, join } from 'node:path';
import { FarziError, readDocument, validateOptions } from '@farzi/core';
import { type Axis, axesOf } from './axes.js';
import { draws } from './draw.js';
import { type Member, membersOf } from './members.js';
import { type SweepFile, sweepSchema } from './schema.js';

/** What a sweep is asked to do. */
export interface SweepPlan {
  /** Path of the experiment file. */
  readonly experiment: string;
  /** What every member overrides. */
  readonly set: readonly string[];
  readonly members: readonly Member[];
}

/** What the command line says. */
export interface PlanOptions {
  /** `a.b=1,2` each. */
  readonly sweep?: readonly string[];
  readonly set?: readonly string[];
}

/** Keys of sweep files, none of which an experiment has. */
const OWN_KEYS = ['experiment', 'grid', 'random'];

/**
 * Reads what a sweep is to do, from a sweep file, or from an experiment file and `--sweep`.
 *
 * @throws FARZI_USAGE, FARZI_CONFIG_INVALID, and what reading a configuration throws
 */
export async function readPlan(file: string, { sweep = [], set = [] }: PlanOptions): Promise<SweepPlan> {
  const document = await readDocument(file);
  const values = document.values();
  if (!OWN_KEYS.some((key) => Object.hasOwn(values, key))) {
    if (sweep.length === 0) {
      throw new FarziError('FARZI_USAGE', `The experiment ${file} is to be swept, but over what is not said.`, {
        hint: 'Give --sweep, as in --sweep synthetic.sequences=1,5,10, or a file with experiment and grid.',
      });
    }
    return { experiment: file, set, members: membersOf(axesOf(sweep), [[]]) };
  }
  if (sweep.length > 0) {
    throw new FarziError('FARZI_USAGE', `The file ${file} says what is swept, and --sweep does so, too.`, {
      hint: 'Add the values to grid in that file, or call the command with the experiment file.',
    });
  }
  const written = validateOptions<SweepFile>(sweepSchema, values, [], document);
  if (written.grid === undefined && written.random === undefined) {
    throw new FarziError('FARZI_CONFIG_INVALID', `${document.locate([]).text}: The sweep has neither grid nor random.`, {
      hint: 'Add for example grid: { synthetic.sequences: [1, 5, 10] }.',
    });
  }
  const grid = Object.entries(written.grid ?? {}).map(([path, each]): Axis => ({ path, values: each }));
  return {
    experiment: isAbsolute(written.experiment) ? written.experiment : join(dirname(file), written.experiment),
    set: [...written.set, ...set],
    members: membersOf(grid, written.random === undefined ? [[]] : draws(written.random)),
  };
}
