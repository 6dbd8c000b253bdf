import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distill, loadDataset, loadStudent, saveSynthetic } from '@farzi/core';
import { movielensSmall2016 } from '@farzi/datasets';
import { sasrec } from '@farzi/models-sasrec';
import { expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { chromiumPath, openPage, trainInPage } from './page-in-browser.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const path = (...names: readonly string[]): string => join(folder.path, ...names);
/** Few: a page's WebGPU on a driver that computes on the CPU takes seconds for a step, and more for the first. */
const STEPS = 4;

it.skipIf(chromiumPath === undefined)('a page trains the same student on WebGPU as on WebAssembly', { timeout: 600_000 }, async () => {
  const dataset = await loadDataset(movielensSmall2016({ minimumUserEvents: 20, minimumItemEvents: 100 }));
  const { synthetic } = await distill({
    ...{ dataset, model: sasrec({ hiddenSize: 8, blocks: 1 }), maxLength: 8, outerSteps: 0, teacher: { maxSteps: 20 } },
    synthetic: { sequences: 4, rank: 4 },
  });
  await saveSynthetic(path('movies.farzi'), synthetic);
  const options = ['--model', 'sasrec', '--set', 'hiddenSize=8', '--set', 'blocks=1', '--set', 'dropout=0'];
  expect((await outcome('export', path('movies.farzi'), '--web', path('site'), ...options)).exitCode).toBe(0);
  const site = JSON.parse(await readFile(path('site', 'site.json'), 'utf8')) as object;
  await writeFile(path('site', 'site.json'), JSON.stringify({ ...site, training: { batchSize: 4, maxSteps: STEPS, learningRate: 0.01 } }));
  const opened = await openPage(path('site'));
  for (const engine of ['onnx-web', 'onnx-webgpu']) await trainInPage(opened, engine, path(`${engine}.safetensors`), 300_000);
  expect(opened.complaints).toEqual([]);
  await opened.close();
  const [cpu, gpu] = await Promise.all(
    ['onnx-web', 'onnx-webgpu'].map(async (engine) => loadStudent(path(`${engine}.safetensors`), { models: [sasrec] })),
  );
  const distance = Math.hypot(...(cpu?.weights ?? []).map((weight, at) => weight - (gpu?.weights[at] ?? Number.NaN)));
  expect(distance).toBeLessThan(1e-3 * Math.hypot(...(cpu?.weights ?? [])));
});
