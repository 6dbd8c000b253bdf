import { FarziError } from '@farzi/core';
import { closest, distance } from 'fastest-levenshtein';
import { excerpt, formatCount, plural } from '../../files/errors.js';

/** What a column is for. */
type Role = 'user' | 'item' | 'timestamp';

/** Which columns to read, by name or by 0-based index. No timestamp: the file's order is the order in time. */
export interface ColumnChoice {
  readonly user: string | number;
  readonly item: string | number;
  readonly timestamp?: string | number | undefined;
}

/** A column that was found. */
export interface Column {
  readonly role: Role;
  readonly index: number;
  /** For messages: `column 2 (movieId)`, counted from 1 as editors do. */
  readonly label: string;
}

/** The columns of a file. */
export interface Columns {
  readonly user: Column;
  readonly item: Column;
  readonly timestamp?: Column;
}

/**
 * Names that well-known datasets give to the columns, without case and punctuation: `user_id`, `userId` and `UserID`
 * are the same.
 */
const usualNames: Readonly<Record<Role, readonly string[]>> = {
  user: ['user', 'userid'],
  item: ['item', 'itemid', 'movieid', 'productid'],
  timestamp: ['timestamp', 'time', 'unixtime', 'datetime'],
};

/** The names of a header, the first of them where it has many. */
function namesOf(header: readonly string[]): string {
  const shown = header.slice(0, 20).map((name) => excerpt(name, 40));
  return [...shown, ...(header.length > shown.length ? [`and ${formatCount(header.length - shown.length)} more`] : [])].join(', ');
}

/**
 * Finds the chosen columns, or the usual ones where nothing is chosen.
 * @param header - the file's first line, types stripped; undefined where it has none.
 * @throws FARZI_DATA_MISSING_COLUMN when the header lacks one; FARZI_CONFIG_INVALID when a choice cannot be followed
 *   without a header
 */
export function findColumns(choice: ColumnChoice | undefined, header: readonly string[] | undefined, path: string): Columns {
  if (choice === undefined) return guessColumns(header, path);
  const { timestamp } = choice;
  return {
    user: findColumn('user', choice.user, header, path),
    item: findColumn('item', choice.item, header, path),
    ...(timestamp === undefined ? {} : { timestamp: findColumn('timestamp', timestamp, header, path) }),
  };
}

function findColumn(role: Role, wanted: string | number, header: readonly string[] | undefined, path: string): Column {
  if (typeof wanted === 'number') {
    if (header !== undefined && wanted >= header.length)
      throw missing(
        `${path} has no column with index ${wanted} (${role}): its header has ${plural(header.length, 'column')}: ${namesOf(header)}.`,
        'Indexes count from 0.',
      );
    return column(role, wanted, header);
  }
  if (header === undefined) {
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      `columns.${role} is "${wanted}", but ${path} is read without a header, so its columns have no names.`,
      {
        hint: `Give the 0-based index of the ${role} column, or set header: true.`,
      },
    );
  }
  const index = header.indexOf(wanted);
  if (index < 0)
    throw missing(`The header of ${path} has no column "${wanted}" (${role}). It has: ${namesOf(header)}.`, didYouMean(wanted, header));
  return column(role, index, header);
}

function guessColumns(header: readonly string[] | undefined, path: string): Columns {
  if (header === undefined) {
    throw new FarziError('FARZI_CONFIG_INVALID', `columns is missing, and ${path} is read without a header that would tell.`, {
      hint: 'Give 0-based indexes, for example columns: { user: 0, item: 1, timestamp: 3 }.',
    });
  }
  const guess = (role: Role): Column | undefined => {
    const index = header.findIndex((name) => usualNames[role].includes(name.toLowerCase().replace(/[^a-z0-9]/g, '')));
    return index < 0 ? undefined : column(role, index, header);
  };
  const user = guess('user');
  const item = guess('item');
  const timestamp = guess('timestamp');
  if (user === undefined || item === undefined) {
    throw missing(
      `Cannot tell which column of ${path} is the ${user === undefined ? 'user' : 'item'}. Its header has: ${namesOf(header)}.`,
      'Name them, for example columns: { user: customer, item: product, timestamp: date }. If the first line is data already, set header: false and give 0-based indexes.',
    );
  }
  return { user, item, ...(timestamp === undefined ? {} : { timestamp }) };
}

function column(role: Role, index: number, header: readonly string[] | undefined): Column {
  const name = header?.[index];
  return { role, index, label: `column ${index + 1}${name === undefined ? '' : ` (${excerpt(name, 40)})`}` };
}

function didYouMean(wanted: string, header: readonly string[]): string {
  const nearest = closest(wanted, header);
  const near = distance(wanted.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, wanted.length / 3);
  return near ? `Did you mean "${nearest}"?` : 'Names are case-sensitive; 0-based indexes work too. Is the delimiter right?';
}

function missing(message: string, hint: string): FarziError {
  return new FarziError('FARZI_DATA_MISSING_COLUMN', message, { hint });
}
