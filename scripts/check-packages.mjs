/**
 * Checks the tarballs users would install: publint for package.json, attw for the types as other projects resolve them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from './commands.mjs';
import { packAll } from './pack.mjs';

const folder = mkdtempSync(join(tmpdir(), 'farzi-pack-'));
try {
  for (const { name, tarball } of await packAll(folder)) {
    await tool('publint', ['run', '--strict', tarball]);
    // The command has no modules to import, hence no types.
    if (name !== '@farzi/cli')
      await tool('@arethetypeswrong/cli', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-summary']);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
