import { readRecords } from '../../files/records.js';
import type { TitlesFile } from './edition.js';

/**
 * Titles with years, `Toy Story (1995)`, by the movies' original ids.
 * @throws FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function readTitles(path: string, format: TitlesFile, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, string>> {
  const titles = new Map<string, string>();
  let isHeader = format.header;
  await readRecords(
    path,
    format,
    (fields) => {
      const id = fields[format.columns.id];
      const title = fields[format.columns.title]?.trim();
      const year = format.columns.year === undefined ? undefined : fields[format.columns.year];
      // A title is decoration: a line without one is passed over, and its movie goes by its id.
      if (!isHeader && id !== undefined && title !== undefined && title !== '')
        titles.set(id, year === undefined || year === '' ? title : `${title} (${year})`);
      isHeader = false;
    },
    signal,
  );
  return titles;
}
