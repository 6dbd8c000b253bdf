import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExact, stringifyExact } from './exact-json.js';

describe('exact JSON', () => {
  it('keeps numbers that JSON would turn into null', () => {
    const value = { score: -Infinity, history: [Number.NaN, Infinity, 1.5], name: 'x' };
    expect(stringifyExact(value)).toBe('{"score":"-Infinity","history":["NaN","Infinity",1.5],"name":"x"}');
    expect(parseExact(stringifyExact(value))).toEqual(value);
  });

  it('gives every number back', () => {
    fc.assert(
      fc.property(fc.double(), (number) => {
        expect(parseExact(stringifyExact([number]))).toEqual([Object.is(number, -0) ? 0 : number]);
      }),
    );
  });
});
