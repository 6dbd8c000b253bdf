import { basename, resolve } from 'node:path';
import type { PluginKind } from '../create/kinds.js';
import { createPlugin } from '../create/plugin.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { quoted } from '../shell.js';

export interface CreatePluginOptions {
  readonly kind: PluginKind;
  readonly id?: string;
  readonly out?: string;
}

/** Writes the package of a new plugin. */
export async function create(name: string, { kind, id, out = basename(name) }: CreatePluginOptions, io: Io): Promise<number> {
  const contribution = await createPlugin({ name, kind, id, folder: resolve(out) });
  io.stdout.write(`${out}: the package ${name}, with the ${kind} ${contribution} in src/index.ts

  cd ${quoted(out)}
  npm install
  npm test        # types, and the conformance suite of @farzi/core/testing
  npm run try     # runs experiment.yaml with it
`);
  return exitCodes.ok;
}
