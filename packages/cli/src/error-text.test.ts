import { FarziError } from '@farzi/core';
import { expect, it } from 'vitest';
import { errorText } from './error-text.js';

it('names the code, and the hint below', () => {
  expect(errorText(new FarziError('FARZI_USAGE', 'wrong', { hint: 'Do it right.' }), false)).toBe(
    'error FARZI_USAGE: wrong\nhint: Do it right.\n',
  );
  expect(errorText(new FarziError('FARZI_USAGE', 'wrong'), false)).toBe('error FARZI_USAGE: wrong\n');
});

it('puts several problems below each other', () => {
  expect(errorText(new FarziError('FARZI_CONFIG_INVALID', 'first\nsecond'), false)).toBe(
    'error FARZI_CONFIG_INVALID:\n  first\n  second\n',
  );
});

it('shows the stack and the causes when asked', () => {
  const error = new FarziError('FARZI_DATA_UNREADABLE', 'outer', { cause: new Error('inner', { cause: 'innermost' }) });
  const text = errorText(error, true);
  expect(text).toMatch(/^error FARZI_DATA_UNREADABLE: outer\nFarziError: outer\n {4}at /);
  expect(text).toMatch(/caused by: Error: inner\n[^]*caused by: innermost\n$/);
});

it('shows a bounded part of what is very long', () => {
  const long = new FarziError('FARZI_DATA_UNREADABLE', 'x'.repeat(1e6), { cause: new Error('y'.repeat(1e6)) });
  expect(errorText(long, true).length).toBeLessThan(60_000);
  expect(errorText(new Error('z'.repeat(1e6)), false)).toMatch(/z \.\.\. \(98\d{4} more characters\)\n$/);
});

it('always shows the stack of an unknown error', () => {
  expect(errorText(new TypeError('oops'), false)).toMatch(/^error: TypeError: oops\n {4}at /);
  expect(errorText('text', false)).toBe('error: text\n');
});
