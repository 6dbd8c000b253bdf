import { describe, expect, it } from 'vitest';
import type { Reading } from './reading.js';
import { sequenceText } from './text.js';
import { itemWords } from './words.js';

const titles = ['Alien (1979)', 'Blade Runner (1982)', 'Casablanca (1942)', 'Dune (2021)'];
const words = itemWords({ vocabulary: [], titles } as never);
const likely = (...pairs: readonly (readonly [token: number, probability: number])[]) =>
  pairs.map(([token, probability]) => ({ token, probability }));
const reading: Reading = {
  argmax: [0, 1, 2],
  sampled: [3, 1, 2],
  likeliest: [likely([0, 0.9], [3, 0.05]), likely([1, 0.25], [2, 0.2])],
  largestMass: 0.5,
  entropy: Math.log(200),
};
const told = (width: number | undefined, more: Partial<Reading> = {}) =>
  sequenceText(2, { ...reading, ...more }, { words, seed: 7, width });

describe('sequenceText', () => {
  it('is one line for each thing where there is no terminal', () => {
    expect(told(undefined)).toMatchInlineSnapshot(`
      "
      Sequence 2
        Tokens, the likeliest at each position
          Alien (1979) > Blade Runner (1982) > Casablanca (1942)
        Tokens, drawn (seed 7)
          Dune (2021) > Blade Runner (1982) > Casablanca (1942)
        The 2 likeliest at 2 of 3 positions; before them, their mass together
          1   95.0 %   Alien (1979)        90.0 %   Dune (2021)         5.00 %
          2   45.0 %   Blade Runner (1982) 25.0 %   Casablanca (1942)   20.0 %
        Over all 3 positions: 50.0 % of the mass on the likeliest token; entropy 5.30 nats, that of 200 equally likely tokens
      "
    `);
  });

  it('fits a narrow terminal', () => {
    const text = told(44);
    expect(
      text
        .split('\n')
        .filter((line) => /^ {4}/.test(line))
        .every((line) => line.length <= 44),
    ).toBe(true);
    expect(text).toMatchInlineSnapshot(`
      "
      Sequence 2
        Tokens, the likeliest at each position
          Alien (1979) > Blade Runner (1982) >
          Casablanca (1942)
        Tokens, drawn (seed 7)
          Dune (2021) > Blade Runner (1982) >
          Casablanca (1942)
        The 2 likeliest at 2 of 3 positions;
        before them, their mass together
          1   95.0 %   Alien (1979)        90.0 %
                       Dune (2021)         5.00 %
          2   45.0 %   Blade Runner (1982) 25.0 %
                       Casablanca (1942)   20.0 %
        Over all 3 positions: 50.0 % of the mass
        on the likeliest token; entropy 5.30 nats,
        that of 200 equally likely tokens
      "
    `);
  });

  it('shows real inputs and what was learned to follow each of them', () => {
    expect(told(undefined, { inputs: [2, 0, 1] })).toMatchInlineSnapshot(`
      "
      Sequence 2
        Real input
          Casablanca (1942) > Alien (1979) > Blade Runner (1982)
        Targets, the likeliest at each position
          Alien (1979) > Blade Runner (1982) > Casablanca (1942)
        Targets, drawn (seed 7)
          Dune (2021) > Blade Runner (1982) > Casablanca (1942)
        The 2 likeliest at 2 of 3 positions; before them, their mass together
          1  after Casablanca (1942)   95.0 %   Alien (1979)        90.0 %   Dune (2021)         5.00 %
          2  after Alien (1979)        45.0 %   Blade Runner (1982) 25.0 %   Casablanca (1942)   20.0 %
        Over all 3 positions: 50.0 % of the mass on the likeliest token; entropy 5.30 nats, that of 200 equally likely tokens
      "
    `);
  });

  it('says how much of the mass was on items left out', () => {
    expect(told(undefined, { seenMass: 0.25 })).toContain(' equally likely tokens; 25.0 % of the mass was on items left out\n');
  });

  it('has no table without positions', () => {
    expect(told(undefined, { likeliest: [] })).not.toContain('likeliest at 0');
  });
});
