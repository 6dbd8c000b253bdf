import type { Archive } from '../../files/archive.js';
import type { RecordFormat } from '../../files/records.js';
import type { DelimitedFormat } from '../readers/delimited.js';

/** Where the titles of an edition's movies are. */
export interface TitlesFile extends RecordFormat {
  readonly file: string;
  /** True when the first line names the columns. */
  readonly header: boolean;
  /** 0-based columns; the year has its own in some editions and is part of the title in others. */
  readonly columns: { readonly id: number; readonly title: number; readonly year?: number };
}

/** One of the published MovieLens datasets. */
export interface Edition {
  /** The dataset's id. */
  readonly id: string;
  readonly name: string;
  readonly ratings: DelimitedFormat & { readonly file: string };
  readonly movies: TitlesFile;
  /** Counts its publisher states: they tell the edition from others whose files have the same names. */
  readonly published: { readonly ratings: number; readonly users: number; readonly items: number };
}

/** An edition that ships with this package. */
export interface BundledEdition extends Edition {
  readonly terms: string;
}

/** An edition that is fetched from its publisher. */
export interface DownloadedEdition extends Edition {
  readonly archive: Archive;
}
