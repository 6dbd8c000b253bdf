import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import root from '../../../package.json' with { type: 'json' };
import { pluginKinds } from '../src/create/kinds.js';
import { cliVersion } from '../src/versions.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const create = (name: string, out: string, ...more: readonly string[]) =>
  outcome('create', 'plugin', name, '--kind', 'model', '--out', join(folder.path, out), ...more);
const read = (...path: readonly string[]): string => readFileSync(join(folder.path, ...path), 'utf8');

describe('farzi create plugin', () => {
  // the packages of all kinds are checked as they are generated, with packed packages (test/packed.test.ts)
  it.each(Object.keys(pluginKinds))('writes a package of the kind %s, with its names in all files', async (kind) => {
    const out = join(folder.path, kind);
    const { exitCode, stdout, stderr } = await outcome('create', 'plugin', `@me/farzi-${kind}-bag-of-items`, '--kind', kind, '--out', out);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`the package @me/farzi-${kind}-bag-of-items, with the ${kind} bag-of-items in src/index.ts`);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['package.json', '.gitignore', 'README.md', 'test.yml', 'index.ts', 'index.test.ts', 'experiment.yaml']),
    );
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name), 'utf8')).not.toMatch(/my-?(package|contribution|version|description)/i);
    expect(JSON.parse(read(kind, 'package.json'))).toMatchObject({
      name: `@me/farzi-${kind}-bag-of-items`,
      keywords: ['farzi-plugin'],
      peerDependencies: { '@farzi/core': /core: '([^']*)'/.exec(read(kind, 'src', 'index.ts'))?.[1] },
      devDependencies: { '@farzi/core': `^${cliVersion}` },
    });
    expect(read(kind, 'src', 'index.ts')).toContain('export const bagOfItems');
    expect(parse(read(kind, 'experiment.yaml'))).toMatchObject({ plugins: ['./src/index.ts'] });
  });

  it('takes tools of the versions that this repository is built with', async () => {
    await create('farzi-tools', 'tools');
    const { devDependencies } = JSON.parse(read('tools', 'package.json')) as { readonly devDependencies: Readonly<Record<string, string>> };
    for (const tool of ['@changesets/cli', '@types/node', 'tsup', 'typescript', 'vitest'] as const)
      expect([tool, devDependencies[tool]]).toEqual([tool, root.devDependencies[tool]]);
  });

  it('takes another id', async () => {
    expect((await create('farzi-x', 'other', '--id', 'walk-4')).stdout).toContain('with the model walk-4 in');
    expect(read('other', 'src', 'index.ts')).toContain("export const walk4 = defineModel({\n  id: 'walk-4',");
  });

  it.each([
    [
      'Farzi Model',
      [],
      'The name "Farzi Model" is none for a package: name can only contain URL-friendly characters, name can no longer contain capital letters.',
    ],
    ['http', [], 'The name "http" is none for a package: http is a core module name.'],
    ['farzi-1', [], 'The id "1" is none: it has lower-case letters, digits and single hyphens.'],
    ['farzi-x', ['--id', 'x;y'], 'The id "x;y" is none: it has lower-case letters, digits and single hyphens.'],
  ])('refuses the name %j with %j', async (name, more, message) => {
    const { exitCode, stderr } = await create(name, 'refused', ...more);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, `error FARZI_USAGE: ${message}`]);
  });

  it('leaves a folder alone that holds files', async () => {
    mkdirSync(join(folder.path, 'full'));
    folder.write(join('full', 'mine.txt'), 'mine');
    const { exitCode, stderr } = await create('farzi-x', 'full');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('holds files already.\nhint: Give a new one with --out.\n')]);
    expect(readdirSync(join(folder.path, 'full'))).toEqual(['mine.txt']);
  });

  it('wants a kind', async () => {
    expect(await outcome('create', 'plugin', 'farzi-x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--kind') as string,
    });
    const { exitCode, stderr } = await outcome('create', 'plugin', 'farzi-x', '--kind', 'modle');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Allowed choices are model, dataset,')]);
  });
});
