import type { Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { FarziError, type DatasetContext } from '@farzi/core';
import { codeOf, reasonOf } from './errors.js';

/**
 * The first of `candidates` that exists, whatever it is: a directory in a file's place is a mistake to report, not to
 * skip.
 */
export async function firstExisting(candidates: readonly string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    try {
      await access(candidate);
      return candidate;
    } catch (error) {
      // Anything but absence (a forbidden folder, say) must surface where the file is opened.
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return candidate;
    }
  }
  return undefined;
}

/** Where a path from a configuration file may lie: beside that file, then in the data directories. */
export function placesOf(path: string, context: DatasetContext): readonly string[] {
  if (isAbsolute(path)) return [path];
  return [...new Set([resolve(context.configDirectory, path), ...context.dataDirectories.map((directory) => resolve(directory, path))])];
}

/**
 * Where a file of a well-known folder may lie: `DIR/ml-100k/u.data`, or `DIR/u.data` when DIR is that folder itself.
 */
export function placesInDataDirectories(folder: string, file: string, context: DatasetContext): readonly string[] {
  return context.dataDirectories.flatMap((directory) => [resolve(join(directory, folder, file)), resolve(join(directory, file))]);
}

/**
 * What lies at a path from a configuration file, a file or a folder.
 * @throws FARZI_DATA_NOT_FOUND
 */
export async function locate(path: string, context: DatasetContext): Promise<string> {
  const places = placesOf(path, context);
  const found = await firstExisting(places);
  if (found !== undefined) return found;
  throw notFound(
    path,
    places,
    'Give a path relative to the configuration file, or name the folder that holds it with --data-dir or FARZI_DATA_HOME.',
  );
}

/** `FARZI_DATA_NOT_FOUND`, listing every place that was looked in. */
function notFound(what: string, places: readonly string[], hint: string): FarziError {
  return new FarziError('FARZI_DATA_NOT_FOUND', `Cannot find ${what}. Looked in:\n${places.map((place) => `  ${place}`).join('\n')}`, {
    hint,
  });
}

/**
 * The path of a file that ships with this package.
 * @param what - what messages call it: `the bundled Moby Dick`.
 * @throws FARZI_DATA_NOT_FOUND
 */
export async function requireBundled(path: string, what: string): Promise<string> {
  if ((await firstExisting([path])) !== undefined) return path;
  throw notFound(what, [path], 'The installation of @farzi/datasets is incomplete: install it again.');
}

/**
 * Checks that a path is a file before it is streamed.
 * @returns its size in bytes
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE
 */
export async function requireFile(path: string): Promise<number> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw notFound(path, [path], 'Check the path.');
    throw new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}`, {
      cause: error,
      hint: 'Check the permissions of the file and of the folders above it.',
    });
  }
  if (found.isFile()) return found.size;
  throw new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: it is a directory, not a file.`, {
    hint: 'Give the path of the data file inside it.',
  });
}
