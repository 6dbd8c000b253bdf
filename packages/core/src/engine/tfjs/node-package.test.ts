import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { installationObstacle, versionObstacle } from './node-package.js';

it.each(['20.19.0', '22.12.0'])('Node %s runs the packages', (node) => {
  expect(versionObstacle('@tensorflow/tfjs-node', node)).toBeUndefined();
});

it.each(['23.0.0', '24.11.1'])('Node %s is too new for the packages', (node) => {
  expect(versionObstacle('@tensorflow/tfjs-node', node)).toBe(
    `The package @tensorflow/tfjs-node 4.22.0 needs Node 22 or older, and this is ${node} (tensorflow/tfjs issue 8609).`,
  );
});

it('tells a package that is missing from one without its addon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'farzi-tfjs-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const name = '@tensorflow/tfjs-node-gpu';
  const withoutAddon = `The package ${name} is installed without its native addon (no lib/*/tfjs_binding.node in ${folder}).`;

  expect(installationObstacle(name, undefined)).toBe(`The package ${name} is not installed.`);
  expect(installationObstacle(name, folder)).toBe(withoutAddon);
  mkdirSync(join(folder, 'lib', 'napi-v8'), { recursive: true });
  expect(installationObstacle(name, folder)).toBe(withoutAddon);
  writeFileSync(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
  expect(installationObstacle(name, folder)).toBeUndefined();
});
