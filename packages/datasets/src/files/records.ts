import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { FarziError } from '@farzi/core';
import { readBytes } from './bytes.js';
import { checkedBytes, type Encoding } from './checked-bytes.js';
import { excerpt, formatCount } from './errors.js';

/** How a delimited text file is written. */
export interface RecordFormat {
  readonly delimiter: string;
  /** True where fields may be wrapped in double quotes; elsewhere a quote is an ordinary character. */
  readonly quoted: boolean;
  readonly encoding: Encoding;
}

/** Bytes that a line may have, and characters that a record may have that goes over several lines. */
const maximumRecord = 2 ** 20;
const maximumFields = 10_000;

/**
 * Streams the records of a delimited text file; line ends may be `\n` or `\r\n`, empty lines are skipped.
 * @param onRecord - gets a record's fields and the 1-based number of the line it ends on.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_ENCODING, FARZI_DATA_TOO_LARGE, FARZI_INTERRUPTED
 */
export async function readRecords(
  path: string,
  format: RecordFormat,
  onRecord: (fields: readonly string[], line: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parser = parse({
    bom: true,
    delimiter: format.delimiter,
    encoding: format.encoding,
    max_record_size: maximumRecord,
    quote: format.quoted ? '"' : null,
    record_delimiter: ['\n', '\r\n'],
    // Ragged rows are the caller's to judge: only it knows which columns it needs.
    relax_column_count: true,
    skip_empty_lines: true,
    // Handing records over here, before they enter the stream's queue, halves the time of large files.
    on_record: (fields: string[], { lines }) => {
      if (fields.length > maximumFields) throw tooManyFields(path, lines, fields.length);
      onRecord(fields, lines);
      return null;
    },
  });
  await readBytes(
    path,
    async (bytes) => {
      try {
        // The parser pushes nothing, yet it ends only when it is read.
        await pipeline(checkedBytes(bytes, path, { encoding: format.encoding, maximumLine: maximumRecord }), parser.resume());
      } catch (error) {
        if (!(error instanceof CsvError)) throw error;
        if (error.code === 'CSV_MAX_RECORD_SIZE') throw recordTooLong(path, parser.info.lines, error);
        throw new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: ${excerpt(error.message, 200)}`, {
          cause: error,
          hint: 'Check the quotes around that line, and that the delimiter is the right one.',
        });
      }
    },
    signal,
  );
}

function tooManyFields(path: string, line: number, count: number): FarziError {
  return new FarziError(
    'FARZI_DATA_TOO_LARGE',
    `Line ${line} of ${path} has ${formatCount(count)} fields, and at most ${formatCount(maximumFields)} are read.`,
    { hint: 'Check the delimiter, or leave out columns: the user, the item and the time are enough.' },
  );
}

function recordTooLong(path: string, line: number, cause: unknown): FarziError {
  return new FarziError(
    'FARZI_DATA_TOO_LARGE',
    `The record of ${path} that goes on in line ${formatCount(line)} has more than ${formatCount(maximumRecord)} characters.`,
    {
      cause,
      hint: 'Check the quotes: one that is not closed takes all that follows into its field.',
    },
  );
}
