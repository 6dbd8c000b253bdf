import { editorSchema } from '@farzi/core';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { pluginsOf } from '../prepare.js';

/** Prints the JSON schema of experiment files, with the options of all plugins. */
export async function schema(file: string | undefined, io: Io): Promise<number> {
  const { registry } = await pluginsOf(file);
  io.stdout.write(`${JSON.stringify(editorSchema(registry), null, 2)}\n`);
  return exitCodes.ok;
}
