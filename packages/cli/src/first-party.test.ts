import { readFileSync } from 'node:fs';
import { coreVersion } from '@farzi/core';
import { inc, satisfies } from 'semver';
import { expect, it } from 'vitest';
import { firstPartyPlugins } from './first-party.js';

/** The range of the core that a package asks npm for. */
function peerRange(name: string): string | undefined {
  const manifest = new URL(`../../${name.replace('@farzi/', '')}/package.json`, import.meta.url);
  const { peerDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly peerDependencies?: Record<string, string> };
  return peerDependencies['@farzi/core']?.replace('workspace:', '');
}

it.each(firstPartyPlugins)('$name works with the next minor version of the core, and says the same to npm', ({ name, core }) => {
  expect(satisfies(inc(coreVersion, 'minor') ?? '', core)).toBe(true);
  expect(peerRange(name)).toBe(core);
});
