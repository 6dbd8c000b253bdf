import { FarziError } from '@farzi/core';
import type { Axis } from './axes.js';
import { type Assignment, folderName } from './names.js';
import { MOST_MEMBERS } from './schema.js';

/** One experiment of a sweep. */
export interface Member {
  /** Of its folder. */
  readonly name: string;
  readonly assignments: readonly Assignment[];
}

/**
 * Every combination of a grid's values, the first path changing last, with each of the drawn members.
 *
 * @param drawn - values of random search; one that is empty where there is none
 * @throws FARZI_CONFIG_INVALID when there are too many, or a path is in both
 */
export function membersOf(grid: readonly Axis[], drawn: readonly (readonly Assignment[])[]): Member[] {
  const both = grid.find(({ path }) => drawn.some((each) => each.some((other) => other.path === path)));
  if (both !== undefined) {
    throw new FarziError('FARZI_CONFIG_INVALID', `The path ${both.path} is in the grid, and drawn at random, too.`, {
      hint: 'Leave it out of grid, or out of random.over.',
    });
  }
  const count = grid.reduce((product, { values }) => product * values.length, drawn.length);
  if (count > MOST_MEMBERS) {
    throw new FarziError('FARZI_CONFIG_INVALID', `The sweep has ${count} members, and at most ${MOST_MEMBERS} are taken.`, {
      hint: 'Give fewer values, or draw some of the members at random.',
    });
  }
  const combinations = grid.reduce<Assignment[][]>(
    (before, { path, values }) => before.flatMap((assignments) => values.map((value) => [...assignments, { path, value }])),
    [[]],
  );
  return combinations
    .flatMap((combination) => drawn.map((each) => [...combination, ...each]))
    .map((assignments) => ({ name: folderName(assignments), assignments }));
}

/** The paths that differ between members: every member has all of them, in this order. */
export const pathsOf = (members: readonly Member[]): string[] => members[0]?.assignments.map(({ path }) => path) ?? [];

/** Overrides that make an experiment into a member. */
export const overridesOf = ({ assignments }: Member): string[] =>
  // JSON is YAML, too
  assignments.map(({ path, value }) => `${path}=${JSON.stringify(value)}`);
