import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '@farzi/core';
import { expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();

const config = folder.write(
  'movies.yaml',
  `task: recommendation
threads: 1
dataset: { id: movielens-small-2016, minimumUserEvents: 40, minimumItemEvents: 60 }
model: { id: sasrec, hiddenSize: 8, blocks: 1, dropout: 0 }
maxLength: 10
synthetic: { sequences: 4, rank: 2, initialisation: random }
teacher: { maxSteps: 20, evaluateEvery: 10 }
distillation: { outerSteps: 2, validateEvery: 2, metaOptimizer: { id: farzi, steps: 2, realBatchSize: 8 }, learner: { batchSize: 4, poolSize: 2 } }
training: { maxSteps: 10, evaluateEvery: 5 }
evaluation:
  seeds: 1
  metrics: [ndcg@10]
  arms:
    - distilled-hard
    - { id: distilled-hard, tokens: sample, copies: 3 }
    - teacher-labels
    - random-equal-bytes
    - k-center
    - herding
`,
);

it('students are compared on MovieLens with what a critical reader asks for', async () => {
  const run = join(folder.path, 'run');
  const { exitCode, stdout } = await outcome('run', config, '--out', run, '--quiet');
  expect(exitCode).toBe(0);
  const { results, dataset } = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary;
  const byArm = Object.fromEntries(results.map(({ data, sequences }) => [data, sequences]));
  const { 'random-equal-bytes': equalBytes = 0, ...others } = byArm;
  expect(others).toEqual({ 'distilled-hard': 4, 'distilled-hard 2': 12, 'teacher-labels': 4, 'k-center': 4, herding: 4 });
  expect(equalBytes).toBeGreaterThan(4);
  expect(equalBytes).toBeLessThan(dataset.users ?? 0);
  for (const { data, metrics } of results) {
    expect(metrics['ndcg@10'], data).toBeGreaterThanOrEqual(0);
    expect(stdout).toMatch(new RegExp(`\\n\\| ${data} +\\| +- \\| +${String(byArm[data])} \\| +0\\.\\d{4} \\|`));
  }
});

it('farzi plugins lists them', async () => {
  const { stdout } = await outcome('plugins');
  for (const id of ['distilled-hard', 'teacher-labels', 'random-equal-bytes', 'k-center', 'herding'])
    expect(stdout).toMatch(new RegExp(`^${id} +arm +@farzi/core `, 'm'));
});

it('what does not fit together is found by farzi validate, with its place', async () => {
  const file = folder.write('copies.yaml', readFileSync(config, 'utf8').replace('tokens: sample', 'tokens: argmax'));
  const { exitCode, stderr } = await outcome('validate', file);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /copies\.yaml:15:7: The arm "distilled-hard" has 3 copies, and argmax gives the same tokens each time\.\nhint: Set tokens to sample/,
  );
});
