import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { onText, runToy, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { createRegistry } from '../experiment/experiment.js';
import { resolveExperiment } from '../config/resolve.js';
import type { Summary } from '../report/summary.js';
import { decodeSafetensors } from '../storage/safetensors.js';
import { evaluate } from '../student/evaluate.js';
import { openStudent, studentFile } from './student-files.js';

const registry = createRegistry([toyPlugin]);
const config = toyConfig(...onText, 'students=[{ id: writer }, { id: writer, width: 4 }]');
const models = resolveExperiment(config, registry).students.map(({ definition }) => definition);
let folder = '';
let run = '';
let summary: Summary;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-students-'));
  run = join(folder, 'run');
  summary = await runToy(run, { config });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('students of a run', () => {
  it.each([
    ['writer', 'full', 8],
    ['writer', 'distilled', 8],
    ['writer 2', 'full', 4],
  ])('are those that were evaluated (%s on %s)', async (label, data, width) => {
    const student = await openStudent(run, { student: label, data }, models);
    expect(student.model.options).toEqual({ width, dropout: 0.1 });
    const context = { dataDirectories: [], configDirectory: '.', progress: () => undefined };
    const dataset = await registry.get('dataset', 'text').load({} as never, context);
    const metrics = ['hit@5', 'surprise'].map((key) => registry.metric(key, 'language'));
    const recorded = summary.results.find((result) => result.student === label && result.data === data)?.metrics;
    expect(await evaluate({ student, cases: dataset.test, metrics, engine, batchSize: 32 })).toEqual(recorded);
  });

  it('are named tensors, with what they are in the metadata', async () => {
    const file = join(run, studentFile({ student: 'writer 2', data: 'full' }));
    expect(file).toBe(join(run, 'students', 'writer-2', 'full.safetensors'));
    const { tensors, metadata } = decodeSafetensors(await readFile(file), file);
    expect(Object.entries(tensors).map(([name, { shape }]) => [name, shape])).toEqual(
      expect.arrayContaining([
        ['embedding', [30, 4]],
        ['dense.weight', [4, 4]],
      ]),
    );
    expect(JSON.parse(metadata['student'] ?? '')).toMatchObject({
      format: 'farzi-student-1',
      model: { id: 'writer', options: { width: 4, dropout: 0.1 } },
      maxLength: 8,
    });
  });

  it('that are not there are told with those that are', async () => {
    const file = join(run, 'students', 'writer', 'random.safetensors');
    expect(await errorOf(() => openStudent(run, { student: 'writer', data: 'random' }, models))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `The run ${run} has no writer trained on random data: ${file} cannot be read.`,
      hint: 'Choose from distilled, full, or add to evaluation.arms what students are to be trained on.',
    });
    expect(await errorOf(() => openStudent(folder, { student: 'writer', data: 'full' }, models))).toMatchObject({
      hint: 'Go on with the run with --resume: it has no trained students yet.',
    });
  });
});
