import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeHeldOut, splitByPosition } from './split.js';

const fifths = { validationFraction: 0.2, testFraction: 0.2 };

describe('splitByPosition', () => {
  it('cuts behind a word, also through documents', () => {
    expect(splitByPosition(['one two three four five six seven'], fifths)).toEqual({
      train: ['one two three four '],
      validation: ['five six '],
      test: ['seven'],
    });
    expect(splitByPosition(['aa', 'bb', 'cc', 'dd', 'ee'], fifths)).toEqual({
      train: ['aa', 'bb', 'cc'],
      validation: ['dd'],
      test: ['ee'],
    });
  });

  it('cuts where it is where no blank is near, but through no character', () => {
    expect(splitByPosition(['👍'.repeat(5)], fifths)).toEqual({ train: ['👍👍👍'], validation: ['👍'], test: ['👍'] });
    expect(splitByPosition([`${'日'.repeat(1000)}\n`], fifths).train).toEqual(['日'.repeat(600)]);
    expect(splitByPosition(['a👍👍👍👍'], fifths).train).toEqual(['a👍👍']);
  });

  it('keeps all text in its order, at least nearly in the shares', () => {
    const document = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '👍') });
    fc.assert(
      fc.property(fc.array(document), (documents) => {
        const { train, validation, test } = splitByPosition(documents, fifths);
        expect([...train, ...validation, ...test].join('')).toBe(documents.join(''));
        expect(train.join('').length).toBeGreaterThanOrEqual(Math.floor(0.6 * documents.join('').length) - 1);
      }),
    );
  });

  it('is told in the protocol', () => {
    expect(describeHeldOut({ validationFraction: 0.1, testFraction: 0.025 })).toBe(
      'split by position, the last 2.5% of the characters for test and the 10% before for validation, whole words',
    );
  });
});
