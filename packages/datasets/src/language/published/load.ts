import { dirname, join } from 'node:path';
import { FarziError, type Dataset, type DatasetContext } from '@farzi/core';
import { plural } from '../../files/errors.js';
import { firstExisting, requireBundled } from '../../files/locate.js';
import { findPublished } from '../../files/publication.js';
import { readText } from '../../files/text.js';
import type { Corpus } from '../corpus.js';
import type { TextOptions } from '../options.js';
import { prepare } from '../prepare.js';
import { describeHeldOut, splitByPosition } from '../split.js';
import type { CorpusEdition, CorpusFile, DownloadedCorpus } from './edition.js';

const splitHint = 'The files are incomplete: fetch them again.';

/**
 * Loads a corpus whose file ships with this package.
 * @param folder - where it lies.
 * @throws FARZI_DATA_NOT_FOUND, and the codes of {@link loadFrom}
 */
export async function loadBundled(edition: CorpusEdition, folder: string, options: TextOptions, context: DatasetContext): Promise<Dataset> {
  const path = await requireBundled(join(folder, firstFile(edition)), `the bundled ${edition.name}`);
  return loadFrom(path, edition, options, context);
}

/**
 * Loads a corpus from the data directories, else from the cache, else from its publisher.
 * @param cacheDirectory - where downloads are kept.
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_UNSAFE_ARCHIVE, and the codes of {@link loadFrom}
 */
export async function loadPublished(
  corpus: DownloadedCorpus,
  cacheDirectory: string,
  options: TextOptions,
  context: DatasetContext,
): Promise<Dataset> {
  const path = await findPublished(firstFile(corpus), corpus.publication, cacheDirectory, context);
  return loadFrom(path, corpus, options, context);
}

function firstFile({ files }: CorpusEdition): string {
  return ('all' in files ? files.all : files.train).file;
}

/**
 * Loads a corpus whose first file is at a known path, the others beside it.
 * @throws FARZI_DATA_UNREADABLE, FARZI_DATA_ENCODING, FARZI_DATA_CHECKSUM, FARZI_DATA_EMPTY, FARZI_DATA_MISSING_SPLIT,
 *   FARZI_DATA_VOCABULARY_TOO_SMALL, FARZI_INTERRUPTED
 */
async function loadFrom(path: string, edition: CorpusEdition, options: TextOptions, context: DatasetContext): Promise<Dataset> {
  const corpus = await readCorpus(dirname(path), edition, context);
  const split = 'all' in edition.files ? describeHeldOut(edition.files.heldOut) : 'the published split';
  return prepare(corpus, { id: edition.id, path, name: edition.name, split, splitHint, isPretokenized: edition.isPretokenized }, options);
}

async function readCorpus(folder: string, edition: CorpusEdition, context: DatasetContext): Promise<Corpus> {
  const { files } = edition;
  const read = (file: CorpusFile): Promise<string> => readPublished(folder, file, edition, context);
  if ('all' in files) return splitByPosition([await read(files.all)], files.heldOut);
  return { train: [await read(files.train)], validation: [await read(files.validation)], test: [await read(files.test)] };
}

async function readPublished(
  folder: string,
  { file, lines, words }: CorpusFile,
  { name }: CorpusEdition,
  context: DatasetContext,
): Promise<string> {
  const path = join(folder, file);
  if ((await firstExisting([path])) === undefined)
    throw new FarziError('FARZI_DATA_MISSING_SPLIT', `${folder} holds other files of ${name}, but no ${file}.`, { hint: splitHint });
  context.progress(`Reading ${path}`);
  const text = await readText(path, 'utf8', context.signal);
  const found = { lines: text.split('\n').length - 1, words: text.match(/\S+/g)?.length ?? 0 };
  // An empty file has its own error later on. Any other must not be reported under the published one's name.
  if (text === '' || (found.lines === lines && found.words === words)) return text;
  const counts = (l: number, w: number): string => `${plural(l, 'line')} of ${plural(w, 'word')}`;
  throw new FarziError(
    'FARZI_DATA_CHECKSUM',
    `${path} is not that of ${name}: it holds ${counts(found.lines, found.words)} instead of ${counts(lines, words)}.`,
    { hint: 'The file is incomplete or of another edition. To use it as it is, choose the dataset `text` and give its path.' },
  );
}
