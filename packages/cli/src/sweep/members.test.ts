import { isFarziError } from '@farzi/core';
import { expect, it } from 'vitest';
import { axesOf } from './axes.js';
import { membersOf, overridesOf, pathsOf } from './members.js';

const codeOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return isFarziError(error) ? [error.code, error.message] : error;
  }
};

it('are every combination of a grid, the first path changing last', () => {
  const members = membersOf(axesOf(['a.b=1,2', 'c=x,[3, 4]']), [[]]);
  expect(members.map(overridesOf)).toEqual([
    ['a.b=1', 'c="x"'],
    ['a.b=1', 'c=[3,4]'],
    ['a.b=2', 'c="x"'],
    ['a.b=2', 'c=[3,4]'],
  ]);
  expect(pathsOf(members)).toEqual(['a.b', 'c']);
});

it('are each combination with each draw, where there are both', () => {
  const drawn = [[{ path: 'rate', value: 0.1 }], [{ path: 'rate', value: 0.2 }]];
  expect(membersOf(axesOf(['seed=1,2']), drawn).map(({ name }) => name)).toEqual([
    'seed=1,rate=0.1',
    'seed=1,rate=0.2',
    'seed=2,rate=0.1',
    'seed=2,rate=0.2',
  ]);
  expect(codeOf(() => membersOf(axesOf(['rate=1,2']), drawn))).toEqual([
    'FARZI_CONFIG_INVALID',
    'The path rate is in the grid, and drawn at random, too.',
  ]);
});

it('are not more than anybody waits for, and nothing is made of those that would be', () => {
  const axis = (path: string) => ({ path, values: Array.from({ length: 1000 }, (_, index) => index) });
  expect(codeOf(() => membersOf(['a', 'b', 'c', 'd'].map(axis), [[]]))).toEqual([
    'FARZI_CONFIG_INVALID',
    'The sweep has 1000000000000 members, and at most 1000 are taken.',
  ]);
});

it.each([
  ['a=*x', 'The values are not those of a list in YAML.'],
  ['a=1]', 'The values are not those of a list in YAML.'],
  ['a="x', 'The values are not those of a list in YAML.'],
  ['=1', 'It is not of the form key=value,value.'],
  ['a={x: 1},{x: 1}', 'The value {"x":1} is given twice.'],
])('have no values that cannot be read: --sweep %s', (text, problem) => {
  expect(codeOf(() => axesOf([text]))).toEqual(['FARZI_USAGE', `--sweep ${text}: ${problem}`]);
});
