/** Packing the published packages, as a release would. */
import { join } from 'node:path';
import { pnpm, publishedPackages } from './commands.mjs';

/**
 * @param {string} destination the folder the tarballs go to
 * @returns {Promise<{ name: string, tarball: string }[]>}
 */
export async function packAll(destination) {
  await pnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', destination], { quiet: true });
  return publishedPackages().map(({ manifest: { name, version } }) => ({
    name,
    tarball: join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
  }));
}
