import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FarziError, writeWhole } from '@farzi/core';
import validateName from 'validate-npm-package-name';
import { cliVersion } from '../versions.js';
import { type PluginKind, pluginKinds } from './kinds.js';

/** A package that is to be written. */
export interface NewPlugin {
  /** Of the npm package. */
  readonly name: string;
  readonly kind: PluginKind;
  /** By which configurations name what it contributes; from the name by default. */
  readonly id?: string | undefined;
  /** A new or empty one. */
  readonly folder: string;
}

const TEMPLATES = join(dirname(createRequire(import.meta.url).resolve('@farzi/cli/package.json')), 'templates');
/** Files that npm would take for its own inside of a package. */
const OTHERWISE_CALLED: Readonly<Record<string, string>> = { _gitignore: '.gitignore', '_package.json': 'package.json' };
const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Writes a package that contributes something of a kind, with a test, an experiment and all that it takes to publish
 * it. Its files are complete as they are.
 *
 * @returns what the contribution goes by
 * @throws FARZI_USAGE for a name that npm refuses, an id that is none, or a folder with something in it
 */
export async function createPlugin({ name, kind, id = idFrom(name, kind), folder }: NewPlugin): Promise<string> {
  const { validForNewPackages, errors = [], warnings = [] } = validateName(name);
  if (!validForNewPackages) {
    throw new FarziError('FARZI_USAGE', `The name ${JSON.stringify(name)} is none for a package: ${[...errors, ...warnings].join(', ')}.`, {
      hint: `Take one such as farzi-${kind}-${ID.test(id) ? id : 'mine'}.`,
    });
  }
  if (!ID.test(id)) {
    throw new FarziError('FARZI_USAGE', `The id ${JSON.stringify(id)} is none: it has lower-case letters, digits and single hyphens.`, {
      hint: 'Give one with --id, such as --id my-model.',
    });
  }
  const there: readonly string[] = await readdir(folder).catch(() => []);
  if (there.length > 0) {
    throw new FarziError('FARZI_USAGE', `The folder ${folder} holds files already.`, { hint: 'Give a new one with --out.' });
  }
  for (const part of ['plugin', join('kinds', kind)]) {
    for (const file of await filesBelow(join(TEMPLATES, part))) {
      const text = await readFile(join(TEMPLATES, part, file), 'utf8');
      await writeWhole(join(folder, OTHERWISE_CALLED[file] ?? file), withNames(text, { name, kind, id }));
    }
  }
  return id;
}

/** The text of a template with the names of a plugin in the places of those that stand there. */
export function withNames(text: string, { name, kind, id }: Pick<NewPlugin, 'name' | 'kind'> & { readonly id: string }): string {
  const words: readonly (readonly [string, string])[] = [
    ['my-package', name],
    ['my-contribution', id],
    ['myContribution', id.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())],
    ['my-description', pluginKinds[kind]],
    ['my-version', cliVersion],
  ];
  return words.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
}

/** `@scope/farzi-model-bag-of-items` contributes `bag-of-items`. */
function idFrom(name: string, kind: PluginKind): string {
  const last = name.replace(/^@[^/]*\//, '');
  const id = last.replace(/^farzi-/, '').replace(new RegExp(`^(plugin-)?(${kind}s?-)?`), '');
  return id === '' ? last : id;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
