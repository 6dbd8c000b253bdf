import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFrom } from '../../../test/support/rejection.js';
import { mergeTable } from './merge-table.js';

const require = createRequire(import.meta.url);
const { encode } = require('gpt-tokenizer/encoding/r50k_base') as typeof import('gpt-tokenizer/encoding/r50k_base');
const { default: pieces } = require('gpt-tokenizer/bpeRanks/r50k_base') as typeof import('gpt-tokenizer/bpeRanks/r50k_base');

/** Letters without a blank, other ones for every start. */
const letters = (count: number, start: number): string =>
  Array.from({ length: count }, (_, index) =>
    String.fromCharCode(97 + (((index + start) * 7919 + ((index + start) ** 2 % 104_729)) % 26)),
  ).join('');

describe('mergeTable', () => {
  it('cuts ordinary text as the library does', () => {
    const { names, cut } = mergeTable();
    const word = fc.constantFrom(
      'a',
      'Whale',
      "don't",
      "'s",
      '1851',
      ' ',
      '  ',
      '\n',
      '\n\n',
      '\t ',
      '—',
      '...',
      '-'.repeat(8),
      ' '.repeat(8),
      '日本',
      'é',
      '👍🏽',
      '<|endoftext|>',
      '\u0301',
    );
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(''));
    fc.assert(
      fc.property(text, (sample) => {
        expect([...cut(sample)]).toEqual(encode(sample, { disallowedSpecial: new Set() }).map((id) => names[id]));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('cuts runs of more than 256 characters into parts of as many', () => {
    const { names, cut } = mergeTable();
    const long = letters(600, 0);
    const parts = [long.slice(0, 256), long.slice(256, 512), long.slice(512)];
    expect([...cut(long)]).toEqual(parts.flatMap((part) => encode(part).map((id) => names[id])));
  });

  it('takes four times as long for four times as many letters without a blank', () => {
    const secondsFor = (count: number): number =>
      Math.min(
        ...[1, 2, 3].map((run) => {
          // No text twice: the library remembers what it merged.
          const text = letters(count, run * 1_000_003 + count);
          const started = performance.now();
          expect([...mergeTable().cut(text)].join('')).toBe(text);
          return performance.now() - started;
        }),
      );
    secondsFor(5_000);
    // It was sixteen times as long.
    expect(secondsFor(80_000) / secondsFor(20_000)).toBeLessThan(10);
  });

  it('cuts a million blanks', () => {
    expect([...mergeTable().cut(' '.repeat(1_000_000))].join('')).toHaveLength(1_000_000);
  });

  it('has a name of its own for each of the 50,256 pieces', () => {
    const { names, bytesOf } = mergeTable();
    expect(pieces).toHaveLength(50_256);
    expect(new Set([...names, '<unk>', '<eos>']).size).toBe(50_258);
    expect(pieces.every((piece, id) => Buffer.from(piece).equals(bytesOf(names[id] ?? '')))).toBe(true);
  });

  it('refuses a name that stands for no piece', () => {
    expect(errorFrom(() => mergeTable().bytesOf('no such piece'))).toEqual({
      code: 'FARZI_RUN_INCOMPLETE',
      message: '"no such piece" is no piece of GPT-2\'s byte-pair encoding.',
      hint: 'The vocabulary of the run was altered, or made by another version of @farzi/datasets: run the experiment again.',
    });
  });
});
