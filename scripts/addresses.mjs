/**
 * Says in every published package.json where it comes from: the repository on GitHub that a release runs in. npm takes
 * no provenance without.
 *
 *   node scripts/addresses.mjs      before publishing, with GITHUB_SERVER_URL and GITHUB_REPOSITORY as GitHub sets them
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { publishedPackages } from './commands.mjs';

/**
 * A manifest with `repository`, `homepage` and `bugs`; what it says itself stays.
 *
 * @template {object} M
 * @param {M} manifest
 * @param {string} directory of the package, in the repository
 * @param {Readonly<Record<string, string | undefined>>} environment
 */
export function withAddresses(manifest, directory, environment) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = environment;
  if (!server || !repository)
    throw new Error(
      'GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set: they say where packages come from. GitHub sets them in workflows.',
    );
  const address = `${server}/${repository}`;
  const addresses = {
    repository: { type: 'git', url: `git+${address}.git`, directory },
    homepage: `${address}/tree/main/${directory}#readme`,
    bugs: `${address}/issues`,
  };
  return { ...manifest, ...addresses, ...manifest };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { folder, manifest } of publishedPackages()) {
    const addressed = withAddresses(manifest, `packages/${basename(folder)}`, process.env);
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(addressed, null, 2)}\n`);
    console.log(`${manifest.name}: ${addressed.homepage}`);
  }
}
