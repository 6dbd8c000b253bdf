import { FarziError, type DatasetContext } from '@farzi/core';
import type { Encoding } from '../../files/checked-bytes.js';
import { locate } from '../../files/locate.js';
import { readText } from '../../files/text.js';
import type { Corpus } from '../corpus.js';
import { describeHeldOut, splitByPosition, type HeldOut } from '../split.js';
import { namedSplits, textFiles, type NamedSplits } from './files.js';

/** Where a user's texts are. */
export interface TextPaths extends HeldOut {
  readonly path: string;
  readonly validation?: string | undefined;
  readonly test?: string | undefined;
  readonly encoding: Encoding;
}

/** A user's texts, split. */
export interface FoundCorpus {
  readonly corpus: Corpus;
  /** Where the training text is. */
  readonly path: string;
  /** How it was split, for the protocol. */
  readonly split: string;
  /** What a user can do about a split that is empty. */
  readonly splitHint: string;
}

/**
 * Reads a user's texts: from the paths of all splits, from a folder whose files are named after them, or from one
 * place, split by position.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_ENCODING, FARZI_DATA_TOO_LARGE,
 *   FARZI_DATA_MISSING_SPLIT, FARZI_INTERRUPTED
 */
export async function readCorpus(paths: TextPaths, context: DatasetContext): Promise<FoundCorpus> {
  const path = await locate(paths.path, context);
  const files = await textFiles(path);
  const named = namedSplits(files);
  const heldOut = await heldOutFiles(paths, named, path, context);
  context.progress(`Reading ${path}`);
  const read = (wanted: readonly string[]): Promise<string[]> => readTexts(wanted, paths.encoding, context.signal);
  if (heldOut === undefined)
    return {
      corpus: splitByPosition(await read(files), paths),
      path,
      split: describeHeldOut(paths),
      splitHint: 'The text is too short for validationFraction and testFraction: raise them, or give the paths validation and test.',
    };
  return {
    // Beside a train.txt, the other files of a folder are not for training.
    corpus: {
      train: await read(named.train.length > 0 ? named.train : files),
      validation: await read(heldOut.validation),
      test: await read(heldOut.test),
    },
    path,
    split: 'split by files',
    splitHint: 'The files of that split are empty: put text in them.',
  };
}

/** Files of the held-out splits, as the user or their names say; undefined where neither does. */
async function heldOutFiles(
  { validation, test }: TextPaths,
  named: NamedSplits,
  path: string,
  context: DatasetContext,
): Promise<Omit<NamedSplits, 'train'> | undefined> {
  if (validation !== undefined && test !== undefined)
    return { validation: await textFiles(await locate(validation, context)), test: await textFiles(await locate(test, context)) };
  if (validation !== undefined) throw onlyOne('validation', validation, 'test');
  if (test !== undefined) throw onlyOne('test', test, 'validation');
  if (named.train.length === 0) return undefined;
  if (named.validation.length === 0) throw notInFolder(path, 'validation', 'valid.txt');
  if (named.test.length === 0) throw notInFolder(path, 'test', 'test.txt');
  return named;
}

function onlyOne(given: string, value: string, missing: string): FarziError {
  return new FarziError(
    'FARZI_DATA_MISSING_SPLIT',
    `There is no ${missing} text: ${given} is ${JSON.stringify(value)}, but ${missing} is not set.`,
    {
      hint: `Set ${missing} too, or leave both out to split path by position.`,
    },
  );
}

function notInFolder(path: string, split: string, file: string): FarziError {
  return new FarziError('FARZI_DATA_MISSING_SPLIT', `${path} holds training text by its file names, but no ${split} text.`, {
    hint: `Add a file ${file}, or give the training file itself as path to split it by position.`,
  });
}

async function readTexts(files: readonly string[], encoding: Encoding, signal: AbortSignal | undefined): Promise<string[]> {
  const texts: string[] = [];
  for (const file of files) texts.push(await readText(file, encoding, signal));
  return texts;
}
