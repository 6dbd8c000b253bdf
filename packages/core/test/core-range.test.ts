import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inc, satisfies } from 'semver';
import { describe, expect, it } from 'vitest';
import { coreVersion } from '../src/version.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The one range that plugins of this repository declare, and that documents show. */
const RANGE = '>=0.1.0 <1.0.0';

/** Files below a folder of the repository, but for installed and built ones. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const below = entries
    .filter(({ name }) => !['node_modules', 'dist', 'runs'].includes(name))
    .map(async (entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
  return (await Promise.all(below)).flat();
}

const all = (await Promise.all(['packages', 'examples', 'docs'].map(filesBelow))).flat().concat('README.md');
const isSource = (file: string): boolean => /\.(ts|js|mjs)$/.test(file) && !/\.test\.|(^|[\\/])test[\\/]/.test(file);

/** What plugins and documents declare: `core: '...'` with a range in it. */
async function declared(files: readonly string[]): Promise<[file: string, range: string][]> {
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), 'utf8');
      return [...text.matchAll(/\bcore: '([^']*\d[^']*)'/g)].map((match): [string, string] => [file, match[1] ?? '']);
    }),
  );
  return found.flat();
}

const inSources = await declared(all.filter(isSource));
const inDocuments = await declared(all.filter((file) => file.endsWith('.md')));

/** Ranges of peer dependencies, without pnpm's protocol. */
const peers = (
  await Promise.all(
    all
      .filter((file) => /(^|[\\/])package\.json$/.test(file))
      .map(async (file): Promise<[string, string | undefined]> => {
        const { peerDependencies } = JSON.parse(await readFile(join(root, file), 'utf8')) as {
          readonly peerDependencies?: Readonly<Record<string, string>>;
        };
        return [file, peerDependencies?.['@farzi/core']?.replace(/^workspace:/, '')];
      }),
  )
).flatMap(([file, range]): [string, string][] => (range === undefined ? [] : [[file, range]]));

describe('the versions of this package that plugins accept', () => {
  it('are declared by the first-party plugins and by the examples', () => {
    for (const name of ['datasets', 'models-sasrec', 'models-transformer-lm']) {
      expect(inSources.map(([file]) => file)).toContain(join('packages', name, 'src', 'index.ts'));
      expect(peers.map(([file]) => file)).toContain(join('packages', name, 'package.json'));
    }
    expect(inSources.some(([file]) => file.startsWith('examples'))).toBe(true);
    expect(inDocuments.length).toBeGreaterThan(0);
  });

  it.each([...inSources, ...peers, ...inDocuments])('%s: %s, this version and the next minor one among them', (_file, range) => {
    expect(range).toBe(RANGE);
    expect([coreVersion, inc(coreVersion, 'minor'), inc(coreVersion, 'patch')].map((version) => satisfies(version ?? '', range))).toEqual([
      true,
      true,
      true,
    ]);
  });
});
