import type { Publication } from '../../files/publication.js';
import type { HeldOut } from '../split.js';

/** A file of a published corpus, with what tells it from others of the same name. */
export interface CorpusFile {
  readonly file: string;
  /** As `wc` counts them: line breaks, and words that white space separates. */
  readonly lines: number;
  readonly words: number;
}

/** A corpus with a fixed text. */
export interface CorpusEdition {
  /** The dataset's id. */
  readonly id: string;
  readonly name: string;
  /** Files of a published split; or one file, and how much of it is held out. */
  readonly files:
    | { readonly train: CorpusFile; readonly validation: CorpusFile; readonly test: CorpusFile }
    | { readonly all: CorpusFile; readonly heldOut: HeldOut };
  readonly isPretokenized: boolean;
}

/** A corpus that ships with this package. */
export interface BundledCorpus extends CorpusEdition {
  readonly terms: string;
}

/** A corpus that is fetched from its publisher. */
export interface DownloadedCorpus extends CorpusEdition {
  readonly publication: Publication;
}
