import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { widthOf, wrapped } from './wrap.js';

describe('wrapped', () => {
  it('breaks lines at blanks and keeps those of the text', () => {
    expect(wrapped('one two three\n\nfour', 9, '  ')).toBe('  one two\n  three\n\n  four\n');
  });

  it('leaves lines alone where there is no width', () => {
    expect(wrapped('one two three', undefined, '  ')).toBe('  one two three\n');
  });

  it('cuts what has no blanks, and no character in two', () => {
    expect(wrapped('😀😀😀😀😀', 2, '')).toBe('😀😀\n😀😀\n😀\n');
  });

  it('fills a line to the last column, and goes on where there is no room at all', () => {
    expect(wrapped('abc def', 3, '')).toBe('abc\ndef\n');
    expect(wrapped('abc', 2, '    ')).toBe('    a\n    b\n    c\n');
  });
});

it('only a terminal has a width', () => {
  const stream = (more: object) => Object.assign(new Writable(), more);
  expect(widthOf(stream({ isTTY: true, columns: 90 }))).toBe(90);
  expect(widthOf(stream({ isTTY: true }))).toBeUndefined();
  expect(widthOf(stream({ columns: 90 }))).toBeUndefined();
});
