import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Dataset, EvaluationCase, Tokenizer } from '../src/data/dataset.js';
import type { Task } from '../src/data/task.js';
import { parseConfig } from '../src/config/file.js';
import { resolveExperiment } from '../src/config/resolve.js';
import { createRegistry, type ExperimentRequest, runExperiment } from '../src/experiment/experiment.js';
import type { ExperimentConfig } from '../src/config/schema.js';
import type { Summary } from '../src/report/summary.js';
import { defineArm, defineDataset, defineMetric, defineModel, definePlugin, type Plugin } from '../src/plugin/define.js';
import { RandomStream } from '../src/random/stream.js';
import { tinyModel } from '../src/testing/tiny-model.js';

const ITEMS = 30;

/** Users who mostly go on to the next item; the last two items of each are held out. */
export function toyDataset(id: string, task: Task): Dataset {
  const stream = new RandomStream(1, 'toy dataset');
  const users = Array.from({ length: 60 }, () => {
    let item = stream.integer(ITEMS);
    return Int32Array.from(
      { length: 6 + stream.integer(9) },
      () => (item = stream.uniform() < 0.15 ? stream.integer(ITEMS) : (item + 1) % ITEMS),
    );
  });
  const leaveOneOut = (tokens: Int32Array): EvaluationCase => ({ tokens, firstTarget: task === 'language' ? 1 : tokens.length - 1 });
  return {
    id,
    task,
    vocabulary: Array.from({ length: ITEMS }, (_, item) => `item ${item}`),
    train: users.map((tokens) => tokens.slice(0, -2)),
    validation: users.map((tokens) => leaveOneOut(tokens.slice(0, -1))),
    test: users.map(leaveOneOut),
    sequences: users.length,
    events: users.reduce((sum, { length }) => sum + length, 0),
    protocol: 'Toy data: leave one out.',
  };
}

/** Cuts text at commas; the first token stands for everything unknown. */
function commaTokenizer(vocabulary: readonly string[]): Tokenizer {
  return {
    encode: (text) => Int32Array.from(text === '' ? [] : text.split(', '), (word) => Math.max(0, vocabulary.indexOf(word))),
    decode: (tokens) => Array.from(tokens, (token) => vocabulary[token]).join(', '),
    unknown: 0,
    saved: { separator: ', ' },
  };
}

const dataset = (id: string, task: Task, change: (full: Dataset) => Dataset = (full) => full) =>
  defineDataset({
    id,
    task,
    schema: { type: 'object', properties: {} } as const,
    load: (_options, { progress }) => {
      progress('making it up');
      return Promise.resolve(change(toyDataset(id, task)));
    },
    restoreTokenizer: (_saved, vocabulary) => commaTokenizer(vocabulary),
  });
const model = (id: string, task: Task, factors: boolean) =>
  defineModel({
    id,
    task,
    schema: { type: 'object', properties: { width: { type: 'integer', default: 8 }, dropout: { type: 'number', default: 0.1 } } } as const,
    create: ({ width, dropout }, context) => tinyModel({ ...context, width, dropout, factors }),
  });
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const folded = (of: (observation: { readonly rank: number; readonly logProbability: number }) => number) => {
  const values: number[] = [];
  return {
    observe: (each: { readonly rank: number; readonly logProbability: number }) => values.push(of(each)),
    result: () => mean(values),
  };
};

/** Everything a small experiment needs. */
export const toyPlugin: Plugin = definePlugin({
  name: 'farzi-toy',
  core: '*',
  datasets: [
    dataset('toy', 'recommendation'),
    dataset('text', 'language', (full) => ({ ...full, tokenizer: commaTokenizer(full.vocabulary) })),
    dataset('silent', 'recommendation', (full) => ({ ...full, train: full.train.map((tokens) => tokens.slice(0, 1)) })),
    dataset('sparse', 'recommendation', (full) => ({
      ...full,
      train: full.train.map((tokens, user) => (user < 2 ? tokens : tokens.slice(0, 1))),
    })),
    dataset('monotonous', 'recommendation', (full) => ({ ...full, vocabulary: ['one'] })),
  ],
  models: [model('tiny', 'recommendation', true), model('plain', 'recommendation', false), model('writer', 'language', true)],
  arms: [
    defineArm({
      id: 'first',
      schema: { type: 'object', properties: { count: { type: 'integer', default: 5 } } } as const,
      budget: 'training',
      create: ({ count }, { train }) => ({ data: { kind: 'real', sequences: train.slice(0, count) }, sequences: count }),
    }),
  ],
  metrics: [
    defineMetric({
      id: 'hit',
      tasks: ['recommendation', 'language'],
      cutoff: 'required',
      smallerIsBetter: false,
      start: (cutoff) => folded(({ rank }) => Number(rank <= cutoff)),
    }),
    defineMetric({
      id: 'surprise',
      tasks: ['recommendation', 'language'],
      cutoff: 'none',
      smallerIsBetter: true,
      start: () => folded(({ logProbability }) => -logProbability),
    }),
  ],
});

const base = `
task: recommendation
engine: onnx
threads: 1
dataset: { id: toy }
model: { id: tiny }
maxLength: 8
synthetic: { sequences: 6, rank: 4, inputs: soft }
teacher: { maxSteps: 60, evaluateEvery: 20, batchSize: 16, learningRate: 0.05, snapshots: 2 }
distillation:
  metaOptimizer: { id: farzi, steps: 3, realBatchSize: 16 }
  learner: { poolSize: 2, maxAge: 9, batchSize: 6, learningRate: 0.05 }
  outerSteps: 6
  validateEvery: 3
training: { maxSteps: 30, evaluateEvery: 10, batchSize: 16, learningRate: [0.02, 0.05] }
evaluation: { seeds: 2, metrics: [hit@5, surprise], selection: hit@5, batchSize: 32 }
`;

/** Overrides that make it an experiment on a text, which is done soon. */
export const onText = [
  ...['task=language', 'dataset.id=text', 'model.id=writer', 'synthetic.initialisation=random', 'teacher.snapshots=0'],
  ...['distillation.outerSteps=0', 'evaluation.seeds=1', 'evaluation.selection=surprise', 'evaluation.arms=[full, distilled]'],
] as const;

/** The configuration of the toy experiment with some changes, as `--set` would make them. */
export const toyConfig = (...overrides: readonly string[]): ExperimentConfig => parseConfig(base, 'toy.yaml', overrides).config;

/** What may differ from the usual run of the toy experiment. */
type ToyRequest = Partial<Omit<ExperimentRequest, 'experiment' | 'registry'>> & {
  readonly config?: ExperimentConfig;
  readonly plugins?: readonly Plugin[];
};

/** Runs the toy experiment in a folder. */
export async function runToy(
  runDirectory: string,
  { config = toyConfig(), plugins = [toyPlugin], ...request }: ToyRequest = {},
): Promise<Summary> {
  const registry = createRegistry(plugins);
  return runExperiment({
    experiment: resolveExperiment(config, registry),
    registry,
    configDirectory: '.',
    runDirectory,
    existing: 'refuse',
    dataDirectories: [],
    reporters: [],
    ...request,
  });
}

/** A summary without what depends on the clock and the machine. */
export function withoutClock({ results, distillation, ...summary }: Summary): unknown {
  const { seconds: _seconds, peakRssMB: _peak, ...rest } = distillation;
  return { ...summary, results: results.map(({ trainingSeconds: _training, ...result }) => result), distillation: rest };
}

/** A temporary folder for each test of a file. */
export function temporaryFolder(): (...names: readonly string[]) => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farzi-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return (...names) => join(folder, ...names);
}

/** All files below a folder, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

/** The bytes of a run's summary of the data. */
export async function syntheticBytes(run: string): Promise<string> {
  return (await readFile(join(run, 'synthetic.farzi'))).toString('base64');
}
