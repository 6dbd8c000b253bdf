import { createRegistry, editorSchema, loadConfig } from '@farzi/core';
import { exitCodes } from '../exit.js';
import { firstPartyPlugins } from '../first-party.js';
import type { Io } from '../io.js';
import { withFirstParty } from '../prepare.js';

/** Prints the JSON schema of experiment files, with the options of all plugins. */
export async function schema(file: string | undefined, io: Io): Promise<number> {
  const loaded = file === undefined ? undefined : await loadConfig(file, []);
  const registry = createRegistry(loaded === undefined ? firstPartyPlugins : await withFirstParty(loaded.config.plugins, loaded.file));
  io.stdout.write(`${JSON.stringify(editorSchema(registry), null, 2)}\n`);
  return exitCodes.ok;
}
