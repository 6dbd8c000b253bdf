import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { FarziError } from '@farzi/core';
import { readBytes } from './bytes.js';
import { reasonOf } from './errors.js';

/** How a delimited text file is written. */
export interface RecordFormat {
  readonly delimiter: string;
  /** True where fields may be wrapped in double quotes; elsewhere a quote is an ordinary character. */
  readonly quoted: boolean;
  readonly encoding?: 'utf8' | 'latin1';
}

/**
 * Streams the records of a delimited text file; line ends may be `\n` or `\r\n`, empty lines are skipped.
 * @param onRecord - gets a record's fields and the 1-based number of the line it ends on.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
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
    encoding: format.encoding ?? 'utf8',
    quote: format.quoted ? '"' : null,
    record_delimiter: ['\n', '\r\n'],
    // Ragged rows are the caller's to judge: only it knows which columns it needs.
    relax_column_count: true,
    skip_empty_lines: true,
    // Handing records over here, before they enter the stream's queue, halves the time of large files.
    on_record: (fields: string[], { lines }) => {
      onRecord(fields, lines);
      return null;
    },
  });
  await readBytes(
    path,
    async (bytes) => {
      try {
        // The parser pushes nothing, yet it ends only when it is read.
        await pipeline(bytes, parser.resume());
      } catch (error) {
        if (!(error instanceof CsvError)) throw error;
        throw new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}.`, {
          cause: error,
          hint: 'Check the quotes around that line, and that the delimiter is the right one.',
        });
      }
    },
    signal,
  );
}
