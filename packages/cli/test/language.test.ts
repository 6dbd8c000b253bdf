import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { meanAndDeviation, type Summary } from '@farzi/core';
import { expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();

it('distils the bundled novel into windows that teach more than as many real ones', { timeout: 240_000 }, async () => {
  const config = folder.write(
    'moby-dick.yaml',
    `task: language
dataset: { id: moby-dick, tokenizer: character }
model: { id: transformer-lm, width: 32, blocks: 1, heads: 2, dropout: 0 }
maxLength: 32
synthetic: { sequences: 20, rank: 32, inputs: hard }
teacher: { batchSize: 32, learningRate: 0.01, maxSteps: 200, evaluateEvery: 200 }
distillation: { outerSteps: 6, validateEvery: 6, metaOptimizer: { id: farzi, steps: 10, realBatchSize: 32 }, learner: { batchSize: 10, poolSize: 3, maxAge: 60 } }
training: { batchSize: 10, learningRate: 0.01, maxSteps: 120, evaluateEvery: 60 }
evaluation: { seeds: 1, metrics: [perplexity, bitsPerCharacter, accuracy@1], arms: [distilled, random], validationTargets: 5000 }
`,
  );
  const run = join(folder.path, 'run');
  const { exitCode, stderr } = await outcome('run', config, '--out', run, '--quiet');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const { results, synthetic } = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8')) as Summary;
  expect(synthetic.fractionOfEvents).toBeLessThan(0.001);
  const mean = (data: string, key: string): number =>
    meanAndDeviation(results.filter((result) => result.data === data).map(({ metrics }) => metrics[key] ?? Number.NaN)).mean;
  expect(mean('distilled', 'perplexity')).toBeLessThan(0.9 * mean('random', 'perplexity'));
  expect(mean('distilled', 'accuracy@1')).toBeGreaterThan(mean('random', 'accuracy@1'));
});
