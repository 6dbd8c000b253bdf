import { FarziError } from '@farzi/core';
import { excerpt, plural } from '../../files/errors.js';
import { readRecords, type RecordFormat } from '../../files/records.js';
import { collectEvents, type EventLog } from '../events.js';
import { findColumns, type Column, type ColumnChoice, type Columns } from './columns.js';

/** How a file with one event a line is laid out. */
export interface DelimitedFormat extends RecordFormat {
  /** True when the first line names the columns. */
  readonly header: boolean;
  /** True where header fields carry their type after a colon, as in RecBole's `user_id:token`. */
  readonly typedHeader: boolean;
  /** Undefined: the usual names are looked for in the header. */
  readonly columns: ColumnChoice | undefined;
}

/** Events and whether they carry times. */
export interface ReadEvents {
  readonly log: EventLog;
  readonly timed: boolean;
}

/**
 * Reads a file with one event a line.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_ENCODING, FARZI_DATA_TOO_LARGE,
 *   FARZI_DATA_MISSING_COLUMN, FARZI_DATA_NOT_A_NUMBER, FARZI_CONFIG_INVALID, FARZI_INTERRUPTED
 */
export async function readDelimited(path: string, format: DelimitedFormat, signal: AbortSignal | undefined): Promise<ReadEvents> {
  const events = collectEvents();
  let columns: Columns | undefined = format.header ? undefined : findColumns(format.columns, undefined, path);
  await readRecords(
    path,
    format,
    (fields, line) => {
      if (columns === undefined) {
        columns = findColumns(format.columns, format.typedHeader ? fields.map(withoutType) : fields.map((name) => name.trim()), path);
        return;
      }
      const time = columns.timestamp === undefined ? 0 : numberIn(columns.timestamp, fields, line, path);
      events.add(fieldIn(columns.user, fields, line, path), fieldIn(columns.item, fields, line, path), time);
    },
    signal,
  );
  return { log: events.log(), timed: columns?.timestamp !== undefined };
}

function withoutType(name: string): string {
  return name.trim().replace(/:[^:]*$/, '');
}

function fieldIn(column: Column, fields: readonly string[], line: number, path: string): string {
  const text = fields[column.index]?.trim();
  if (text !== undefined && text !== '') return text;
  const what =
    text === undefined
      ? `has only ${plural(fields.length, 'field')}, and the ${column.role} is in ${column.label}`
      : `has an empty ${column.role} in ${column.label}`;
  throw new FarziError('FARZI_DATA_MISSING_COLUMN', `Line ${line} of ${path} ${what}.`, {
    hint: 'Complete or remove that line. If every line is like it, check delimiter, header and columns.',
  });
}

function numberIn(column: Column, fields: readonly string[], line: number, path: string): number {
  const text = fieldIn(column, fields, line, path);
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new FarziError(
    'FARZI_DATA_NOT_A_NUMBER',
    `Line ${line} of ${path} has the timestamp "${excerpt(text, 40)}" in ${column.label}, which is not a number.`,
    {
      hint: 'Times are numbers, such as seconds since 1970. If this is the header, set header: true; if the lines are in time order already, give columns without timestamp.',
    },
  );
}
