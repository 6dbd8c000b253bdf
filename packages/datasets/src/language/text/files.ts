import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FarziError } from '@farzi/core';
import { reasonOf } from '../../files/errors.js';

/**
 * The file at a path, or the files of the folder there, in the order of their names' code units. Hidden files and
 * folders inside are passed over.
 */
export async function textFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    throw new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}.`, {
      cause: error,
      hint: 'Check the permissions of the folder.',
    });
  }
}

/** Files by the split they are named after: `train.txt`, `wiki.valid.tokens`, `test.txt.gz`. */
export interface NamedSplits {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** Finds {@link NamedSplits} among files. */
export function namedSplits(files: readonly string[]): NamedSplits {
  const named = (split: string): string[] => {
    const pattern = new RegExp(String.raw`^(?:.*\.)?(?:${split})\.(?:txt|tokens|raw)(?:\.gz)?$`, 'i');
    return files.filter((file) => pattern.test(basename(file)));
  };
  return { train: named('train'), validation: named('valid|validation'), test: named('test') };
}
