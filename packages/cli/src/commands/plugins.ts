import { statSync } from 'node:fs';
import { type ContributionEntry, FarziError, type OptionsSchema, type Registry } from '@farzi/core';
import { columns } from '../columns.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { optionRows } from '../option-rows.js';
import { pluginsOf, type SetOptions } from '../prepare.js';
import { versionOf } from '../versions.js';

export interface PluginsOptions extends SetOptions {
  readonly json?: boolean;
}

/** Something that a plugin contributes, as it is told. */
interface Contribution extends ContributionEntry {
  readonly version: string;
  /** JSON schema of its options, where it takes some. */
  readonly options: OptionsSchema | undefined;
}

/**
 * Lists what plugins contribute: those that come with the command, and those of a configuration; or tells the options of
 * some contributions.
 *
 * @param words - a configuration, ids of contributions, or both
 */
export async function plugins(words: readonly string[], { set, json = false }: PluginsOptions, io: Io): Promise<number> {
  const file = words.find((word) => /\.(ya?ml|json)$/i.test(word) || statSync(word, { throwIfNoEntry: false })?.isFile());
  const { loaded, registry } = await pluginsOf(file, set);
  const all = registry.entries.map((entry): Contribution => ({
    ...entry,
    version: versionOf(entry.plugin, loaded?.directory, loaded?.config.plugins) ?? 'unknown',
    options: schemaOf(registry, entry),
  }));
  const ids = words.filter((word) => word !== file);
  const wanted = ids.length === 0 ? all : ids.flatMap((id) => found(all, id));
  if (json) io.stdout.write(`${JSON.stringify(wanted, null, 2)}\n`);
  else if (ids.length > 0) io.stdout.write(wanted.map(described).join('\n'));
  else
    io.stdout.write(
      columns([['ID', 'KIND', 'PLUGIN', 'VERSION'], ...all.map(({ id, kind, plugin, version }) => [id, kind, plugin, version])]),
    );
  return exitCodes.ok;
}

function found(all: readonly Contribution[], id: string): Contribution[] {
  const own = all.filter((contribution) => contribution.id === id);
  if (own.length > 0) return own;
  throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `No loaded plugin contributes anything with the id "${id}".`, {
    hint: 'Run farzi plugins for a list, with the configuration that names the plugin.',
  });
}

function schemaOf(registry: Registry, { kind, id }: ContributionEntry): OptionsSchema | undefined {
  const definition: object = registry.get(kind, id);
  return 'schema' in definition ? (definition.schema as OptionsSchema) : undefined;
}

function described({ id, kind, plugin, version, options }: Contribution): string {
  const rows = optionRows(options);
  const heading = `${id}: ${kind} of ${plugin} ${version}\n`;
  return rows.length === 0 ? `${heading}  It has no options.\n` : heading + columns([['  OPTION', 'VALUE', 'DEFAULT', 'WHAT'], ...rows]);
}
