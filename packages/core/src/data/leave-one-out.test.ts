import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { leaveOneOut } from './leave-one-out.js';

const sequences = fc.array(
  fc.array(fc.nat(50), { minLength: 3, maxLength: 12 }).map((tokens) => Int32Array.from(tokens)),
  { maxLength: 10 },
);

describe('leaveOneOut', () => {
  it('puts the last event into test and the one before it into validation', () => {
    const { train, validation, test } = leaveOneOut([Int32Array.of(7, 8, 9, 10)]);
    expect(train).toEqual([Int32Array.of(7, 8)]);
    expect(validation).toEqual([{ tokens: Int32Array.of(7, 8, 9), firstTarget: 2 }]);
    expect(test).toEqual([{ tokens: Int32Array.of(7, 8, 9, 10), firstTarget: 3 }]);
  });

  it('loses and invents nothing: training, validation target and test target make up the sequence', () => {
    fc.assert(
      fc.property(sequences, (all) => {
        const { train, validation, test } = leaveOneOut(all);
        all.forEach((tokens, user) => {
          const targets = [validation[user], test[user]].map((one) => one?.tokens.at(one.firstTarget));
          expect([...(train[user] ?? []), ...targets]).toEqual([...tokens]);
        });
        expect([train.length, validation.length, test.length]).toEqual([all.length, all.length, all.length]);
      }),
    );
  });

  it('has one target a case, and never lets a context see its own target or later events', () => {
    fc.assert(
      fc.property(sequences, (all) => {
        const { train, validation, test } = leaveOneOut(all);
        all.forEach((tokens, user) => {
          expect(validation[user]?.firstTarget).toBe(tokens.length - 2);
          expect(validation[user]?.tokens.length).toBe(tokens.length - 1);
          expect(test[user]?.firstTarget).toBe(tokens.length - 1);
          expect(train[user]?.length).toBe(tokens.length - 2);
        });
      }),
    );
  });

  it('holds several events of each user out, where that is asked for', () => {
    const split = leaveOneOut([Int32Array.of(1, 2, 3, 4, 5, 6)], { validationEvents: 2, testEvents: 3 });
    expect(split).toEqual({
      train: [Int32Array.of(1)],
      validation: [{ tokens: Int32Array.of(1, 2, 3), firstTarget: 1 }],
      test: [{ tokens: Int32Array.of(1, 2, 3, 4, 5, 6), firstTarget: 3 }],
    });
  });

  it('loses and invents nothing with several: training and targets make up the sequence', () => {
    const held = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(sequences, held, held, (all, validationEvents, testEvents) => {
        const long = all.filter(({ length }) => length > validationEvents + testEvents);
        const { train, validation, test } = leaveOneOut(long, { validationEvents, testEvents });
        long.forEach((tokens, user) => {
          const targets = [validation[user], test[user]].map((one) => [...(one?.tokens.subarray(one.firstTarget) ?? [])]);
          expect(targets.map(({ length }) => length)).toEqual([validationEvents, testEvents]);
          expect([...(train[user] ?? []), ...targets.flat()]).toEqual([...tokens]);
        });
      }),
    );
  });

  it('refuses a user without an event for training', async () => {
    expect(await errorOf(() => leaveOneOut([Int32Array.of(1, 2, 3, 4, 5)], { validationEvents: 2, testEvents: 3 }))).toMatchObject({
      code: 'FARZI_DATA_TOO_SHORT',
      message: 'Sequence 0 has 5 events, and 6 are needed: one for training, 2 for validation and 3 for test.',
      hint: 'Leave such sequences out, for instance with kCore and minimumUserEvents: 6.',
    });
  });

  it('refuses a user with too few events', async () => {
    expect(await errorOf(() => leaveOneOut([Int32Array.of(1, 2, 3), Int32Array.of(1, 2)]))).toMatchObject({
      code: 'FARZI_DATA_TOO_SHORT',
      message: 'Sequence 1 has 2 events, and leave-one-out needs 3: one each for training, validation and test.',
      hint: 'Leave such sequences out, for instance with kCore and minimumUserEvents: 3.',
    });
  });
});
