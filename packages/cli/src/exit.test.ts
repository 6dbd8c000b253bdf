import { errorCodes, FarziError, type ErrorCode } from '@farzi/core';
import { expect, it } from 'vitest';
import { exitCodeOf } from './exit.js';

it.each([
  ['FARZI_CONFIG_INVALID', 2],
  ['FARZI_USAGE', 2],
  ['FARZI_PLUGIN_NOT_FOUND', 2],
  ['FARZI_DATA_NOT_FOUND', 1],
  ['FARZI_NON_FINITE', 1],
  ['FARZI_INTERNAL', 1],
  ['FARZI_INTERRUPTED', 130],
] as const)('%s ends with %i', (code, exitCode) => {
  expect(exitCodeOf(new FarziError(code, 'x'))).toBe(exitCode);
});

it('every code that is for the user to correct ends with 2', () => {
  const codes = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => exitCodeOf(new FarziError(code, 'x')) === 2);
  expect(codes).toEqual((Object.keys(errorCodes) as ErrorCode[]).filter((code) => errorCodes[code].kind === 'config'));
});

it('anything else, and a code of another version of core, is a failure', () => {
  expect(exitCodeOf(new TypeError('x'))).toBe(1);
  expect(exitCodeOf('thrown text')).toBe(1);
  expect(exitCodeOf(new FarziError('FARZI_FUTURE' as ErrorCode, 'x'))).toBe(1);
});
