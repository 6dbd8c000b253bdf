import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from './stream.js';

const draws = (stream: RandomStream, count = 8): number[] => Array.from({ length: count }, () => stream.uniform());

describe('a random stream', () => {
  it('yields these numbers for ever: runs of other versions can be repeated', () => {
    expect(draws(new RandomStream(1), 3)).toEqual([0.2381377410652764, 0.5903067979224883, 0.7090129176138635]);
    expect([...new RandomStream(1).child('students', 'full', 3).normal(3)]).toEqual([
      1.1456248760223389, 0.577203094959259, 0.27287253737449646,
    ]);
    expect(new RandomStream(7, 'distinct').distinct(10, 10)).toEqual([5, 0, 3, 6, 1, 8, 9, 4, 7, 2]);
  });

  it.each([2 ** 53, -(2 ** 53), 0.5, Number.NaN, Infinity])('refuses the seed %s, which others would be the same as', (seed) => {
    expect(() => new RandomStream(seed)).toThrow(`A seed must be a whole number up to 2^53 - 1, but it is ${seed}.`);
  });

  it('depends on seed and path only', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }), fc.nat(20), (seed, path, before) => {
        const parent = new RandomStream(seed);
        draws(parent, before);
        expect(draws(parent.child(...path))).toEqual(draws(new RandomStream(seed).child(...path)));
      }),
    );
  });

  it('differs between seeds, paths and kinds of children', () => {
    const root = new RandomStream(1);
    const streams = [
      root,
      new RandomStream(2),
      root.child('a'),
      root.child('b'),
      root.child('a', 'b'),
      root.child('a', 1),
      root.child('a', 11),
    ];
    expect(new Set(streams.map((stream) => draws(stream).join())).size).toBe(streams.length);
    expect(draws(root.child('a').child('b'))).toEqual(draws(new RandomStream(1).child('a', 'b')));
  });

  it('draws uniformly from [0, 1)', () => {
    const stream = new RandomStream(3, 'uniform');
    const counts = new Array<number>(10).fill(0);
    for (const value of draws(stream, 20_000)) counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it('draws integers below a bound, all of them', () => {
    const stream = new RandomStream(3, 'integers');
    const seen = new Set(Array.from({ length: 200 }, () => stream.integer(7)));
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(stream.integer(1)).toBe(0);
  });

  it('draws bits of both signs', () => {
    const stream = new RandomStream(3, 'bits');
    const bits = Array.from({ length: 1000 }, () => stream.bits());
    expect(bits.every((each) => Number.isInteger(each) && each >= -(2 ** 31) && each < 2 ** 31)).toBe(true);
    for (let bit = 0; bit < 32; bit++) {
      const ones = bits.filter((each) => ((each >>> bit) & 1) === 1).length;
      expect(Math.abs(ones - 500)).toBeLessThan(80);
    }
  });

  it('draws normal numbers with the moments asked for', () => {
    const values = new RandomStream(4, 'normal').normal(50_001, 3);
    const moment = (power: number): number => values.reduce((sum, value) => sum + (value / 3) ** power, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(3))).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('distinct', () => {
  it('gives as many different integers below the bound as there are', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(40), fc.nat(60), (seed, bound, count) => {
        const values = new RandomStream(seed).distinct(bound, count);
        expect(values).toHaveLength(Math.min(bound, count));
        expect(new Set(values).size).toBe(values.length);
        expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < bound)).toBe(true);
      }),
    );
  });

  it('gives every integer the same chance at every place', () => {
    const stream = new RandomStream(6, 'places');
    const counts = Array.from({ length: 3 }, () => new Array<number>(5).fill(0));
    for (let repetition = 0; repetition < 5000; repetition++) {
      stream.distinct(5, 3).forEach((value, place) => {
        const row = counts[place] ?? [];
        row[value] = (row[value] ?? 0) + 1;
      });
    }
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
