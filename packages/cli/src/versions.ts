import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** This package's version. */
export const cliVersion: string = manifest.version;

const OWN_FOLDER = dirname(fileURLToPath(import.meta.url));

/**
 * The version of an installed package.
 *
 * @param from - a folder that can import it, asked before this package is
 * @param paths - files or folders that may belong to it, starting at `from`
 */
export function versionOf(name: string, from: string = OWN_FOLDER, paths: readonly string[] = []): string | undefined {
  const besides = paths.filter((path) => /^[./\\]/.test(path)).flatMap((path) => enclosing(resolve(from, path)));
  const installed = [from, OWN_FOLDER]
    .flatMap((folder) => createRequire(join(folder, 'from.js')).resolve.paths(name) ?? [])
    .map((folder) => join(folder, name));
  return [...besides, ...installed].map((folder) => versionIn(folder, name)).find((version) => version !== undefined);
}

/** Versions of plugins, as far as they are packages. */
export function pluginVersionsOf(names: readonly string[], from: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const version = versionOf(name, from, paths);
      return version === undefined ? [] : [[name, version] as const];
    }),
  );
}

function enclosing(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...enclosing(parent)];
}

function versionIn(folder: string, name: string): string | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const found = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: string; readonly version?: string };
  return found.name === name ? found.version : undefined;
}
