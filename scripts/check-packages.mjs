/**
 * Checks the tarballs users would install: publint for package.json, attw for the types as other projects resolve them,
 * and that none has grown beyond its budget.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { filterProblems, problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll } from './pack.mjs';

/** Kilobytes that a tarball may have: raised where what is added is worth it. @type {Record<string, number>} */
const budgets = {
  '@farzi/cli': 520,
  '@farzi/core': 1160,
  // with its data
  '@farzi/datasets': 1450,
  '@farzi/executor-bullmq': 40,
  '@farzi/models-sasrec': 8,
  '@farzi/models-transformer-lm': 8,
  '@farzi/reporter-tensorboard': 8,
  '@farzi/store-s3': 14,
};

/** How projects resolve modules that import these packages, which are ES modules alone. */
const resolutions = /** @type {const} */ (['node16-esm', 'bundler']);

const folder = mkdtempSync(join(tmpdir(), 'farzi-pack-'));
try {
  // one process for all: it takes long to load TypeScript
  const complaints = [];
  for (const { name, tarball } of await packAll(folder)) {
    const bytes = readFileSync(tarball);
    complaints.push(...[...ofSize(name, bytes), ...(await ofManifest(bytes)), ...(await ofTypes(bytes))].map((each) => `${name}: ${each}`));
  }
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} name
 * @param {Uint8Array} tarball
 */
function ofSize(name, { length }) {
  const [size, budget] = [length / 1000, budgets[name] ?? 0];
  return size > budget ? [`${size.toFixed(0)} kB, and the budget is ${budget} kB (scripts/check-packages.mjs).`] : [];
}

/** @param {Uint8Array} tarball */
async function ofManifest(tarball) {
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
  return messages.map((message) => formatMessage(message, pkg) ?? message.code);
}

/**
 * Nothing for a package without modules to import, hence without types: the command.
 *
 * @param {Uint8Array} tarball
 */
async function ofTypes(tarball) {
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (analysis.types === false) return [];
  return resolutions.flatMap((resolutionKind) =>
    filterProblems(analysis, { resolutionKind }).map(
      (problem) => `${problemKindInfo[problem.kind].description} (${resolutionKind}) ${JSON.stringify(problem)}`,
    ),
  );
}
