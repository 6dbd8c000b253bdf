import { FarziError } from '@farzi/core';
import type { Encoding } from '../../files/checked-bytes.js';
import { readLines } from '../../files/lines.js';
import { collectEvents, type EventLog } from '../events.js';

/** How a file with one user a line is written. */
export interface SequencesFormat {
  /** Between fields; undefined: any run of blanks and tabs. */
  readonly delimiter?: string | undefined;
  readonly encoding: Encoding;
}

/**
 * Reads a file with one user a line, `user item item ...` in time order. A user on several lines has them joined.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_ENCODING, FARZI_DATA_TOO_LARGE,
 *   FARZI_DATA_MISSING_COLUMN, FARZI_INTERRUPTED
 */
export async function readSequences(
  path: string,
  { delimiter, encoding }: SequencesFormat,
  signal: AbortSignal | undefined,
): Promise<EventLog> {
  const events = collectEvents();
  await readLines(
    path,
    encoding,
    (line, number) => {
      if (line.trim() === '') return;
      const fields = delimiter === undefined ? line.trim().split(/\s+/) : line.split(delimiter).map((field) => field.trim());
      const [user = '', ...items] = fields;
      if (user === '' || items.length === 0 || items.includes('')) {
        const what = items.length === 0 ? 'has a user but no items' : `has an empty ${user === '' ? 'user' : 'item'}`;
        throw new FarziError('FARZI_DATA_MISSING_COLUMN', `Line ${number} of ${path} ${what}.`, {
          hint: 'A line of a sequences file is `user item item ...`. Complete or remove that line, or check format and delimiter.',
        });
      }
      for (const item of items) events.add(user, item, 0);
    },
    signal,
  );
  return events.log();
}
