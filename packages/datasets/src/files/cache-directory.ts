import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** Folder for downloaded data: `FARZI_CACHE_HOME` where it is set, else the operating system's place for caches. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const chosen = environment['FARZI_CACHE_HOME'];
  return join(chosen === undefined || chosen === '' ? envPaths('farzi', { suffix: '' }).cache : resolve(chosen), 'datasets');
}
