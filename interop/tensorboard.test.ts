import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type Measurement, parseConfig, resolveExperiment, runExperiment } from '@farzi/core';
import datasets from '@farzi/datasets';
import sasrec from '@farzi/models-sasrec';
import tensorboard from '@farzi/reporter-tensorboard';
import { afterAll, describe, expect, it } from 'vitest';
import { callPython, hasPythonWith } from './python/python.js';

const folder = mkdtempSync(join(tmpdir(), 'farzi-tensorboard-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0})
events.Reload()
print(json.dumps({tag: [[each.step, each.value] for each in events.Scalars(tag)] for tag in events.Tags()['scalars']}))
`;

const { config } = parseConfig(
  `task: recommendation
threads: 1
dataset: { id: movielens-small-2016, minimumItemEvents: 100 }
model: { id: sasrec, hiddenSize: 8, blocks: 1 }
maxLength: 10
synthetic: { sequences: 5, rank: 8 }
teacher: { maxSteps: 20, evaluateEvery: 10 }
distillation: { outerSteps: 4, validateEvery: 2, metaOptimizer: { id: farzi, steps: 3, realBatchSize: 16 }, learner: { poolSize: 2, maxAge: 6, batchSize: 5 } }
training: { batchSize: 16, maxSteps: 20, evaluateEvery: 10 }
evaluation: { seeds: 1, arms: [full, distilled] }
`,
  'tensorboard.yaml',
);

describe.skipIf(!hasPythonWith('tensorboard'))('the events of a run', () => {
  it('are read by TensorBoard as they were measured, those of a run that was started anew only', async () => {
    const run = join(folder, 'run');
    const registry = createRegistry([datasets, sasrec, tensorboard]);
    const experiment = resolveExperiment(config, registry);
    for (const existing of ['refuse', 'overwrite'] as const)
      await runExperiment({
        experiment,
        registry,
        runDirectory: run,
        existing,
        reporters: [],
        dataDirectories: [],
        configDirectory: folder,
      });
    expect(readdirSync(join(run, 'tensorboard'))).toHaveLength(1);
    const { status, stdout, stderr } = callPython('-c', READ, join(run, 'tensorboard'));
    expect(status, stderr).toBe(0);
    const read = JSON.parse(stdout) as Readonly<Record<string, readonly [number, number][]>>;
    const measured = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Measurement);
    const expected: Record<string, [number, number][]> = {};
    for (const { phase, subject, step, values } of measured)
      for (const [name, value] of Object.entries(values)) (expected[`${phase}/${subject}/${name}`] ??= []).push([step, Math.fround(value)]);
    expect(Object.keys(expected).length).toBeGreaterThan(5);
    expect(read).toMatchObject(expected);
    expect(read['test ndcg@10/sasrec distilled']).toHaveLength(1);
  });
});
