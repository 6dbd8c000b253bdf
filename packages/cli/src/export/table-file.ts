import { stringify } from 'csv-stringify/sync';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { Column, Row, Table } from './table.js';

/** Rows that are held, and written, at once. */
const BATCH = 10_000;

/** Types that Parquet files give to columns. */
const parquetTypes = { integer: 'INT32', number: 'DOUBLE', text: 'STRING' } as const;

function* batchesOf(rows: Iterable<Row>): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

const named = (columns: readonly Column[], row: Row): string =>
  JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));

/** What a table is written as: the parts of a file, one after the other. */
export const tableFormats = {
  *jsonl({ columns, rows }) {
    for (const batch of batchesOf(rows())) yield batch.map((row) => `${named(columns, row)}\n`).join('');
  },
  *csv({ columns, rows }) {
    yield stringify([columns.map(({ name }) => name)]);
    for (const batch of batchesOf(rows())) yield stringify(batch);
  },
  *parquet({ columns, rows }) {
    const columnData = (batch: readonly Row[]) => columns.map(({ name }, at) => ({ name, data: batch.map((row) => row[at]) }));
    const typed = columns.map(({ name, type }) => ({ name, data: [], type: parquetTypes[type], nullable: false }));
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData: typed }), createdBy: 'farzi' });
    // what was written goes to the file, and only the place in it is kept
    const written = (): Uint8Array => {
      const bytes = writer.getBytes().slice();
      writer.index = 0;
      return bytes;
    };
    for (const batch of batchesOf(rows())) {
      void parquet.write({ columnData: columnData(batch), rowGroupSize: BATCH });
      yield written();
    }
    void parquet.finish();
    yield written();
  },
} as const satisfies Record<string, (table: Table) => Iterable<string | Uint8Array>>;

/** A key of {@link tableFormats}. */
export type TableFormat = keyof typeof tableFormats;
