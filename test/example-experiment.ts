/** A tiny experiment that the tests of the example plugins run: a small shop, a small SASRec, seconds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRegistry,
  defineDataset,
  definePlugin,
  leaveOneOut,
  loadSynthetic,
  noOptions,
  parseConfig,
  type Plugin,
  RandomStream,
  resolveExperiment,
  runExperiment,
  type Reporter,
  type ResolvedExperiment,
  type Summary,
  type SyntheticPackage,
} from '@farzi/core';
import sasrec from '@farzi/models-sasrec';
import { onTestFinished } from 'vitest';

const ITEMS = 30;

/** Users who mostly go on to the next item. */
export const users: readonly Int32Array[] = Array.from({ length: 60 }, (_, user) => {
  const stream = new RandomStream(1, `user ${user}`);
  let item = stream.integer(ITEMS);
  const next = (): number => (item = stream.uniform() < 0.15 ? stream.integer(ITEMS) : (item + 1) % ITEMS);
  return Int32Array.from({ length: 8 + stream.integer(6) }, next);
});

const shop = defineDataset({
  id: 'shop',
  task: 'recommendation',
  schema: noOptions,
  load: () =>
    Promise.resolve({
      ...{ id: 'shop', task: 'recommendation', protocol: 'Leave one out.' },
      vocabulary: Array.from({ length: ITEMS }, (_, item) => `item ${item}`),
      ...leaveOneOut(users),
      sequences: users.length,
      events: users.reduce((sum, { length }) => sum + length, 0),
    }),
});

const config = `
task: recommendation
engine: onnx
threads: 1
dataset: shop
model: { id: sasrec, hiddenSize: 8, blocks: 1 }
maxLength: 6
synthetic: { sequences: 6, rank: 8, inputs: hard }
teacher: { maxSteps: 20, evaluateEvery: 10 }
distillation:
  metaOptimizer: { id: farzi, steps: 3, realBatchSize: 16 }
  learner: { poolSize: 2, maxAge: 6, batchSize: 6 }
  outerSteps: 4
  validateEvery: 2
training: { batchSize: 16, maxSteps: 20, evaluateEvery: 10 }
evaluation: { seeds: 1, arms: [distilled], metrics: [ndcg@5], selection: ndcg@5 }
`;

/** What a run of the tiny experiment left. */
export interface ExampleRun {
  readonly experiment: ResolvedExperiment;
  readonly summary: Summary;
  readonly synthetic: SyntheticPackage;
  /** The run directory; it is removed after the test. */
  readonly folder: string;
}

/**
 * Runs the tiny experiment with a plugin.
 *
 * @param overrides - changes of the configuration, as `--set` makes them
 */
export async function runWith(plugin: Plugin, overrides: readonly string[], reporters: readonly Reporter[] = []): Promise<ExampleRun> {
  const folder = await mkdtemp(join(tmpdir(), 'farzi-example-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const registry = createRegistry([sasrec, definePlugin({ name: 'shop', core: '*', datasets: [shop] }), plugin]);
  const experiment = resolveExperiment(parseConfig(config, 'example.yaml', overrides).config, registry);
  const runDirectory = join(folder, 'run');
  const summary = await runExperiment({
    ...{ experiment, registry, runDirectory, reporters },
    ...{ configDirectory: folder, existing: 'refuse', dataDirectories: [] },
  });
  return { experiment, summary, synthetic: await loadSynthetic(join(runDirectory, 'synthetic.farzi')), folder: runDirectory };
}
