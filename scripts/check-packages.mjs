/**
 * Checks the tarballs users would install: publint for package.json, attw for the types as other projects resolve them,
 * and that none has grown beyond its budget.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from './commands.mjs';
import { packAll } from './pack.mjs';

/** Kilobytes that a tarball may have: raised where what is added is worth it. @type {Record<string, number>} */
const budgets = {
  '@farzi/cli': 520,
  '@farzi/core': 1120,
  // with its data
  '@farzi/datasets': 1450,
  '@farzi/executor-bullmq': 40,
  '@farzi/models-sasrec': 8,
  '@farzi/models-transformer-lm': 8,
  '@farzi/reporter-tensorboard': 8,
  '@farzi/store-s3': 14,
};

const folder = mkdtempSync(join(tmpdir(), 'farzi-pack-'));
try {
  for (const { name, tarball } of await packAll(folder)) {
    const [size, budget] = [statSync(tarball).size / 1000, budgets[name] ?? 0];
    if (size > budget)
      throw new Error(`The package ${name} has ${size.toFixed(0)} kB, and its budget is ${budget} kB (scripts/check-packages.mjs).`);
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
