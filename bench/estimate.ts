/**
 * Holds what experiments are expected to take against what they take: peak memory, disk, and time of each stretch.
 *
 *   pnpm bench:estimate --data-dir DIR
 *   pnpm bench:estimate --only quickstart,long
 *
 * Each is estimated and run in processes of its own. Prints a table, and exits with 1 where peak memory was estimated
 * wrong by more than a factor of 1.5. `DIR` may hold the files of ml-100k and the Penn Treebank: they are downloaded
 * otherwise.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { createRegistry, estimateWithData, loadConfig, type Phase, resolveExperiment, runExperiment } from '@farzi/core';
import datasets from '@farzi/datasets';
import sasrec from '@farzi/models-sasrec';
import transformerLm from '@farzi/models-transformer-lm';
import { someOf } from './options.js';

/** Few steps, none of which is left out: the peak is there after a checkpoint of a pool that is full, or nearly. */
const short = [
  ...['teacher.maxSteps=40', 'teacher.evaluateEvery=20', 'training.maxSteps=20', 'training.evaluateEvery=10', 'evaluation.seeds=1'],
  ...['distillation.outerSteps=8', 'distillation.validateEvery=8', 'fullTraining={}'],
];

/** An example, and what is changed about it. */
const workloads: Readonly<Record<string, readonly [example: string, ...overrides: readonly string[]]>> = {
  quickstart: ['quickstart'],
  'ml-100k': ['ml-100k', ...short],
  'penn-treebank': ['penn-treebank', ...short, 'evaluation.validationTargets=3000', 'distillation.learner.maxAge=60'],
  'moby-dick': ['moby-dick', ...short],
  long: ['quickstart', ...short, 'maxLength=200'],
  soft: ['quickstart', ...short, 'synthetic.inputs=soft', 'model.hiddenSize=64', 'model.blocks=2', 'distillation.metaOptimizer.steps=40'],
  wide: ['quickstart', ...short, 'model.hiddenSize=256', 'distillation.learner.maxAge=30'],
  many: ['quickstart', ...short, 'synthetic.sequences=20000'],
  // the constants of estimates were fitted to those above only
  'tiny-shakespeare': ['tiny-shakespeare', ...short],
  checkpointed: [
    'quickstart',
    ...short,
    ...['model.blocks=3', 'model.hiddenSize=128', 'distillation.outerSteps=2', 'distillation.metaOptimizer.steps=60'],
    'distillation.metaOptimizer.trajectory=checkpointed',
  ],
  budget: [
    'quickstart',
    ...short,
    ...['model.hiddenSize=256', 'distillation.outerSteps=2', 'distillation.metaOptimizer.steps=40'],
    'distillation.metaOptimizer.trajectory={id: stored, memoryBudget: 100}',
  ],
  sgd: ['ml-100k', ...short, 'distillation.learner.optimizer.id=sgd', 'synthetic.inputs=soft', 'distillation.metaOptimizer.trajectories=2'],
};

const STRETCHES = ['teacher', 'distillation', 'students'] as const;
const MOST_WRONG = 1.5;

/** What one process tells. */
interface Figures {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** By stretch. */
  readonly seconds: Readonly<Record<string, number>>;
}

const options = new Command('bench:estimate')
  .description(
    'Holds estimates of memory, disk and time against measurements, and fails where memory is wrong by more than a factor of 1.5.',
  )
  .addOption(someOf('--only <names>', 'experiments', Object.keys(workloads)))
  .option('--data-dir <folder>', 'folder that may hold data files')
  .addOption(new Option('--child <what>').choices(['estimate', 'run']).hideHelp())
  .parse()
  .opts<{ readonly only: readonly string[]; readonly dataDir?: string; readonly child?: 'estimate' | 'run' }>();
const dataDirectories = options.dataDir === undefined ? [] : [resolve(options.dataDir)];

async function prepared(name: string) {
  const [example, ...overrides] = workloads[name] ?? ['quickstart'];
  const file = fileURLToPath(new URL(`../examples/${example}.yaml`, import.meta.url));
  const { config, document } = await loadConfig(file, overrides);
  const registry = createRegistry([datasets, sasrec, transformerLm]);
  return { registry, experiment: resolveExperiment(config, registry, document), configDirectory: dirname(file) };
}

async function estimated(name: string): Promise<Figures> {
  const { experiment, registry, configDirectory } = await prepared(name);
  const { estimate } = await estimateWithData(experiment, registry, { dataDirectories, configDirectory, progress: () => undefined });
  const { memoryBytes, diskBytes, phases } = estimate;
  const seconds = (stretch: string): number =>
    phases.filter(({ title }) => title.startsWith(stretch)).reduce((sum, { seconds: some = 0 }) => sum + some, 0);
  return { memoryBytes, diskBytes, seconds: Object.fromEntries(STRETCHES.map((stretch) => [stretch, seconds(stretch)])) };
}

/** Bytes of all files of a folder. */
function sizeOfFolder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

async function measured(name: string): Promise<Figures> {
  const { experiment, registry, configDirectory } = await prepared(name);
  const runDirectory = mkdtempSync(join(tmpdir(), 'farzi-estimate-'));
  const started: (readonly [Phase | 'end', number])[] = [];
  const begin = (phase: Phase | 'end'): unknown => started.push([phase, performance.now()]);
  try {
    const reporters = [{ onPhase: begin }];
    await runExperiment({ experiment, registry, configDirectory, runDirectory, existing: 'refuse', dataDirectories, reporters });
    begin('end');
    const seconds = started.slice(1).map(([, end], index) => {
      const [phase, start] = started[index] ?? ['end', end];
      return [phase, (end - start) / 1000] as const;
    });
    return {
      memoryBytes: process.resourceUsage().maxRSS * 1024,
      diskBytes: sizeOfFolder(runDirectory),
      seconds: Object.fromEntries(seconds),
    };
  } finally {
    rmSync(runDirectory, { recursive: true });
  }
}

/** What another process finds out. */
function inChild(name: string, child: 'estimate' | 'run'): Figures {
  const data = options.dataDir === undefined ? [] : ['--data-dir', options.dataDir];
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--only', name, '--child', child, ...data];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Figures;
}

if (options.child !== undefined) {
  const [name = ''] = options.only;
  process.stdout.write(JSON.stringify(await (options.child === 'run' ? measured(name) : estimated(name))));
} else {
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0);
  const pair = (of: (figures: Figures) => string, all: readonly Figures[]): string => all.map(of).join(' / ');
  console.log(`| experiment | peak MB | ratio | MB on disk | ${STRETCHES.map((stretch) => `${stretch} s`).join(' | ')} |`);
  console.log(`|${' --- |'.repeat(4 + STRETCHES.length)}`);
  for (const name of options.only) {
    const all = [inChild(name, 'estimate'), inChild(name, 'run')] as const;
    const ratio = all[0].memoryBytes / all[1].memoryBytes;
    const seconds = STRETCHES.map((stretch) => pair((each) => (each.seconds[stretch] ?? 0).toFixed(0), all));
    const sizes = [pair((each) => megabytes(each.memoryBytes), all), ratio.toFixed(2), pair((each) => megabytes(each.diskBytes), all)];
    console.log(`| ${[name, ...sizes, ...seconds].join(' | ')} |`);
    if (Math.max(ratio, 1 / ratio) > MOST_WRONG) process.exitCode = 1;
  }
}
