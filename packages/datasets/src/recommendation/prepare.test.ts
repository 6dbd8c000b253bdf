import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFrom } from '../../test/support/rejection.js';
import { collectEvents, type EventLog } from './events.js';
import { prepare, type EventSource } from './prepare.js';

const source: EventSource = { id: 'test', path: '/data/events.csv', name: 'events.csv', timed: true };
const filters = { minimumUserEvents: 3, minimumItemEvents: 1, dropRepeats: false, validationEvents: 1, testEvents: 1 };

/** One string a user, one letter an event, in time order. */
function logOf(...users: readonly string[]): EventLog {
  const events = collectEvents();
  users.forEach((items, user) => Array.from(items).forEach((item, time) => events.add(`u${user}`, item, time)));
  return events.log();
}

describe('prepare', () => {
  it('numbers items by how often they occur in training, then by first appearance, held-out ones last', () => {
    // In training a, d and b occur twice each and came in that order; z, c and e are held out alone, z was seen first.
    const { vocabulary } = prepare(logOf('azz', 'dbbdce', 'azz'), source, filters);
    expect(vocabulary).toEqual(['a', 'd', 'b', 'z', 'c', 'e']);
  });

  it('keeps items that occur only as targets, and tells it', () => {
    const data = prepare(logOf('abc', 'abd'), source, filters);
    expect(data.vocabulary).toEqual(['a', 'b', 'c', 'd']);
    expect(data.train).toEqual([Int32Array.of(0), Int32Array.of(0)]);
    expect(data.protocol).toBe(
      "events.csv: users with at least 3 events, all their items; repeated events kept; ordered by time and, within equal times, by position in the file; leave-one-out: a user's last event is the test target, with everything before it as context, the last but one the validation target, the rest is for training; the catalogue is all 4 items left after filtering, also those that occur as targets only.",
    );
  });

  it('tells the filters and the order in the protocol', () => {
    const { protocol } = prepare(
      logOf('abcabc', 'abcabc'),
      { ...source, timed: false },
      { ...filters, minimumItemEvents: 2, dropRepeats: true },
    );
    expect(protocol).toContain(
      "users with at least 3 and items with at least 2 events, filtered until stable; only the first of a user's events with the same item; in the order of the file;",
    );
  });

  it('holds as many events of each user out as is asked for, and tells it', () => {
    const several = { ...filters, minimumUserEvents: 6, validationEvents: 2, testEvents: 3 };
    // In training c occurs twice, b once; all others are targets alone, and come in the order in which they were seen.
    const { vocabulary, train, validation, test, protocol } = prepare(logOf('bacdef', 'cabdef', 'cadbeff'), source, several);
    expect(vocabulary).toEqual(['c', 'b', 'a', 'd', 'e', 'f']);
    expect(train.map((tokens) => tokens.length)).toEqual([1, 1, 2]);
    expect(validation.map(({ tokens, firstTarget }) => tokens.length - firstTarget)).toEqual([2, 2, 2]);
    expect(test.map(({ tokens, firstTarget }) => tokens.length - firstTarget)).toEqual([3, 3, 3]);
    expect(protocol).toContain(
      "; targets of test are a user's last 3 events, each with everything before it as context, of validation the 2 before, the rest is for training; ",
    );
  });

  it('drops repeats before it counts', () => {
    const log = logOf('aaab', 'abcd');
    expect(prepare(log, source, filters)).toMatchObject({ sequences: 2, events: 8 });
    expect(prepare(log, source, { ...filters, dropRepeats: true })).toMatchObject({ sequences: 1, events: 4 });
  });

  it('takes titles where there are any, else ids', () => {
    const data = prepare(logOf('abc'), { ...source, titles: new Map([['a', 'Alien (1979)']]) }, filters);
    expect(data.titles).toEqual(['Alien (1979)', 'b', 'c']);
    expect(prepare(logOf('abc'), source, filters)).not.toHaveProperty('titles');
  });

  it('gives the same tokens for the same events, whatever they are', () => {
    const users = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), minLength: 3, maxLength: 9 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(users, (histories) => {
        fc.pre(new Set(histories.join('')).size > 1);
        const data = prepare(logOf(...histories), source, filters);
        expect(data.test.map(({ tokens }) => Array.from(tokens, (token) => data.vocabulary[token]).join(''))).toEqual(histories);
        expect(data.vocabulary.length).toBe(new Set(histories.join('')).size);
        expect(data.events).toBe(histories.join('').length);
      }),
    );
  });
});

describe('prepare refuses', () => {
  it('users who would have no event for training', () => {
    expect(errorFrom(() => prepare(logOf('abcdefgh'), source, { ...filters, testEvents: 2 }))).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message:
        'The option minimumUserEvents is 3, and with validationEvents: 1 and testEvents: 2 a user needs 4 events to have one for training.',
      hint: 'Set minimumUserEvents to 4 or more, or hold fewer events out.',
    });
  });

  it('a file without events', () => {
    expect(errorFrom(() => prepare(logOf(), source, filters))).toEqual({
      code: 'FARZI_DATA_EMPTY',
      message: 'The file /data/events.csv holds no events.',
      hint: 'Check that the path and the format are right and that the file is complete.',
    });
  });

  it('filters that leave nothing, telling how much there was', () => {
    expect(errorFrom(() => prepare(logOf('abc', 'ab'), source, { ...filters, minimumUserEvents: 5, minimumItemEvents: 2 }))).toEqual({
      code: 'FARZI_DATA_ALL_FILTERED',
      message: 'The filters leave nothing of /data/events.csv, which holds 5 events of 2 users and 3 items.',
      hint: 'The filters are minimumUserEvents: 5, minimumItemEvents: 2, dropRepeats: false. Lower them, or check that the user and item columns are the right ones.',
    });
  });

  it('a vocabulary with nothing to rank', () => {
    expect(errorFrom(() => prepare(logOf('aaa'), source, filters))).toEqual({
      code: 'FARZI_DATA_VOCABULARY_TOO_SMALL',
      message: 'Only 1 distinct item of /data/events.csv is left after filtering, and ranking needs two.',
      hint: 'The filters are minimumUserEvents: 3, minimumItemEvents: 1, dropRepeats: false. Lower them, or check that the item column is the right one.',
    });
  });
});
