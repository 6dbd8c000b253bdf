import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkEngine, checkReporter } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { onnxProfile, profile } from './index.js';

it('keeps the contracts of an engine and of a reporter', async () => {
  await expect(checkEngine(onnxProfile)).resolves.toBeUndefined();
  await expect(checkReporter(profile)).resolves.toBeUndefined();
});

it('writes where the time of an experiment went', async () => {
  const { folder } = await runWith(plugin, ['engine=onnx-profile']);
  const { programs } = JSON.parse(await readFile(join(folder, 'profile.json'), 'utf8')) as {
    programs: Record<string, { runs: number; milliseconds: number; nodes: number }>;
  };
  // 4 outer steps of 3 inner steps
  expect(programs['synthetic data reverse step']).toMatchObject({ runs: 12 });
  const milliseconds = Object.values(programs).map((each) => each.milliseconds);
  expect(milliseconds).toEqual([...milliseconds].sort((a, b) => b - a));
});
