import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { columns } from '../columns.js';
import { pluginsOf, type SetOptions } from '../prepare.js';
import { versionOf } from '../versions.js';

/** Lists what plugins contribute: those that come with the command, and those of a configuration. */
export async function plugins(file: string | undefined, { set }: SetOptions, io: Io): Promise<number> {
  const { loaded, registry } = await pluginsOf(file, set);
  const rows = registry.entries.map(({ id, kind, plugin }) => [
    id,
    kind,
    plugin,
    versionOf(plugin, loaded?.directory, loaded?.config.plugins) ?? 'unknown',
  ]);
  io.stdout.write(columns([['ID', 'KIND', 'PLUGIN', 'VERSION'], ...rows]));
  return exitCodes.ok;
}
