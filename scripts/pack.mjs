/** Packing the published packages, as a release would. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, publishedPackages, readManifest, root } from './commands.mjs';

/**
 * @param {string} destination the folder the tarballs go to
 * @returns {Promise<{ name: string, tarball: string }[]>}
 */
export async function packAll(destination) {
  await pnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', destination], { quiet: true });
  return publishedPackages().map(({ manifest }) => tarballOf(manifest, destination));
}

/**
 * The plugins under examples/, as their authors would publish them.
 *
 * @param {string} destination the folder the tarballs go to
 * @returns {Promise<{ name: string, tarball: string }[]>}
 */
export async function packExamples(destination) {
  await pnpm(['--recursive', '--filter', './examples/plugin-*', 'pack', '--pack-destination', destination], { quiet: true });
  const examples = join(root, 'examples');
  return readdirSync(examples)
    .filter((name) => name.startsWith('plugin-'))
    .map((name) => tarballOf(readManifest(join(examples, name)), destination));
}

/** @param {{ name: string, version?: string }} manifest @param {string} destination */
function tarballOf({ name, version = '' }, destination) {
  return { name, tarball: join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`) };
}
