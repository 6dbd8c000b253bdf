import { countEvents, type Dataset, FarziError, kCore, leaveOneOut } from '@farzi/core';
import { formatCount, plural } from '../files/errors.js';
import { inTimeOrder, withoutRepeats, type EventLog } from './events.js';
import type { EventOptions } from './options.js';
import { orderItems, toTokens } from './vocabulary.js';

/** Where events came from. */
export interface EventSource {
  /** The dataset's id. */
  readonly id: string;
  /** What messages call the source: a path. */
  readonly path: string;
  /** What the protocol calls it: `MovieLens 100K`. */
  readonly name: string;
  /** False where the file's order stands in for time. */
  readonly timed: boolean;
  /** Titles by original item id; an item without one goes by its id. */
  readonly titles?: ReadonlyMap<string, string> | undefined;
  /** Terms under which the events may be used. */
  readonly licence?: string | undefined;
}

/**
 * Orders, filters, numbers and splits events.
 * @throws FARZI_CONFIG_INVALID, FARZI_DATA_EMPTY, FARZI_DATA_ALL_FILTERED, FARZI_DATA_VOCABULARY_TOO_SMALL
 */
export function prepare(log: EventLog, source: EventSource, options: EventOptions): Dataset {
  requireTrainingEvents(options);
  if (log.histories.length === 0)
    throw new FarziError('FARZI_DATA_EMPTY', `The file ${source.path} holds no events.`, {
      hint: 'Check that the path and the format are right and that the file is complete.',
    });
  const ordered = inTimeOrder(log);
  const histories = kCore(options.dropRepeats ? withoutRepeats(ordered) : ordered, options);
  if (histories.length === 0) throw allFiltered(log, source, options);
  const order = orderItems(
    histories,
    histories.map((history) => history.slice(0, -options.validationEvents - options.testEvents)),
  );
  const vocabulary = order.map((code) => log.items[code] ?? '');
  if (vocabulary.length < 2) {
    throw new FarziError(
      'FARZI_DATA_VOCABULARY_TOO_SMALL',
      `Only ${plural(vocabulary.length, 'distinct item')} of ${source.path} is left after filtering, and ranking needs two.`,
      {
        hint: `The filters are ${filtersOf(options)}. Lower them, or check that the item column is the right one.`,
      },
    );
  }
  const { titles, licence } = source;
  return {
    id: source.id,
    task: 'recommendation',
    vocabulary,
    ...(titles === undefined ? {} : { titles: vocabulary.map((item) => titles.get(item) ?? item) }),
    ...leaveOneOut(toTokens(histories, order), options),
    sequences: histories.length,
    events: countEvents(histories),
    protocol: protocolOf(source, options, vocabulary.length),
    ...(licence === undefined ? {} : { licence }),
  };
}

/** Every user who is left must have an event for training. */
function requireTrainingEvents({ minimumUserEvents, validationEvents, testEvents }: EventOptions): void {
  const needed = 1 + validationEvents + testEvents;
  if (minimumUserEvents >= needed) return;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `The option minimumUserEvents is ${minimumUserEvents}, and with validationEvents: ${validationEvents} and testEvents: ${testEvents} a user needs ${needed} events to have one for training.`,
    { hint: `Set minimumUserEvents to ${needed} or more, or hold fewer events out.` },
  );
}

function filtersOf({ minimumUserEvents, minimumItemEvents, dropRepeats }: EventOptions): string {
  return `minimumUserEvents: ${minimumUserEvents}, minimumItemEvents: ${minimumItemEvents}, dropRepeats: ${dropRepeats}`;
}

function allFiltered(log: EventLog, source: EventSource, options: EventOptions): FarziError {
  const before = [plural(countEvents(log.histories), 'event'), plural(log.histories.length, 'user'), plural(log.items.length, 'item')];
  return new FarziError(
    'FARZI_DATA_ALL_FILTERED',
    `The filters leave nothing of ${source.path}, which holds ${before[0]} of ${before[1]} and ${before[2]}.`,
    {
      hint: `The filters are ${filtersOf(options)}. Lower them, or check that the user and item columns are the right ones.`,
    },
  );
}

function protocolOf(source: EventSource, options: EventOptions, items: number): string {
  const { minimumUserEvents, minimumItemEvents, dropRepeats } = options;
  const filters =
    minimumItemEvents > 1
      ? `users with at least ${minimumUserEvents} and items with at least ${minimumItemEvents} events, filtered until stable`
      : `users with at least ${minimumUserEvents} events, all their items`;
  return [
    `${source.name}: ${filters}`,
    dropRepeats ? "only the first of a user's events with the same item" : 'repeated events kept',
    source.timed ? 'ordered by time and, within equal times, by position in the file' : 'in the order of the file',
    splitOf(options),
    `the catalogue is all ${formatCount(items)} items left after filtering, also those that occur as targets only.`,
  ].join('; ');
}

function splitOf({ validationEvents, testEvents }: EventOptions): string {
  return validationEvents === 1 && testEvents === 1
    ? "leave-one-out: a user's last event is the test target, with everything before it as context, the last but one the validation target, the rest is for training"
    : `targets of test are a user's last ${plural(testEvents, 'event')}, each with everything before it as context, of validation the ${validationEvents} before, the rest is for training`;
}
