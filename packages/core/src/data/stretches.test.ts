import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stretchesOf } from './stretches.js';

it('stretches hold every window of a corpus exactly once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (sizes, length) => {
        let token = 0;
        const documents = sizes.map((size) => Int32Array.from({ length: size }, () => token++));
        const windows = (sequences: readonly Int32Array[]): string[] =>
          sequences.flatMap((sequence) =>
            Array.from({ length: Math.max(1, sequence.length - length) }, (_, from) => sequence.subarray(from, from + length + 1).join()),
          );
        expect(windows(stretchesOf(documents, length))).toEqual(windows(documents));
      },
    ),
  );
});
