import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { withAddresses } from './addresses.mjs';
import { capture, publishedPackages, root } from './commands.mjs';

const environment = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'somebody/farzi' };
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'farzi-addresses-')));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('says of every published package where it comes from', () => {
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  for (const { folder: own } of publishedPackages()) {
    const copy = join(folder, own.slice(root.length));
    mkdirSync(copy, { recursive: true });
    cpSync(join(own, 'package.json'), join(copy, 'package.json'));
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  expect(capture(process.execPath, [join(folder, 'scripts', 'addresses.mjs')], { cwd: folder })).toMatchObject({ status: 0, stderr: '' });
  for (const { folder: own, manifest } of publishedPackages()) {
    const place = own.slice(root.length).replaceAll('\\', '/').replace(/^\//, '');
    const written = JSON.parse(readFileSync(join(folder, place, 'package.json'), 'utf8')) as object;
    expect(written).toMatchObject({
      name: manifest.name,
      repository: { type: 'git', url: 'git+https://github.com/somebody/farzi.git', directory: place },
      homepage: `https://github.com/somebody/farzi/tree/main/${place}#readme`,
      bugs: 'https://github.com/somebody/farzi/issues',
    });
  }
});

it('leaves what a package says itself', () => {
  expect(withAddresses({ name: 'own', homepage: 'https://farzi.example' }, 'packages/own', environment)).toMatchObject({
    homepage: 'https://farzi.example',
    bugs: 'https://github.com/somebody/farzi/issues',
  });
});

it('says what is missing outside of GitHub', () => {
  expect(() => withAddresses({ name: 'own' }, 'packages/own', {})).toThrow('GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set');
});
