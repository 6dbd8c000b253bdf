/**
 * Jobs of experiments in some processes against the same in one process with all threads.
 *
 *   pnpm bench:scale students
 *   pnpm bench:scale trajectories --trajectories 2 --workers 2
 *   pnpm bench:scale sweep --workers 1,2
 *   pnpm bench:scale pairs --only quickstart,ml-100k --data-dir DIR
 *
 * `students` trains the students of the quickstart's model and tells how many are done in a second, `trajectories` takes
 * outer steps with several trajectories, `sweep` runs the members of a sweep at the same time (with the built command), and
 * `pairs` runs examples whole. What each is compared with is measured in the same call, in turns, and the fastest of each
 * counts.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { createRegistry, loadConfig, type Phase, resolveExperiment, runExperiment } from '@farzi/core';
import datasets from '@farzi/datasets';
import sasrec from '@farzi/models-sasrec';
import transformerLm from '@farzi/models-transformer-lm';
import { count, counts, someOf } from './options.js';
import { fastest } from './timing.js';

const EXAMPLES = ['quickstart', 'ml-100k', 'penn-treebank'] as const;

interface Options {
  readonly workers: readonly number[];
  readonly repeats: number;
  readonly students: number;
  readonly trajectories: number;
  readonly outerSteps: number;
  readonly only: readonly string[];
  readonly set: readonly string[];
  readonly dataDir?: string;
}

const program = new Command('bench:scale')
  .description('Measures what processes gain over one process with all threads.')
  .addArgument(new Argument('<what>').choices(['students', 'trajectories', 'sweep', 'pairs']))
  .addOption(counts('--workers <counts>', 'processes', [1, 2, 4, 8]))
  .addOption(count('--repeats <count>', 'turns', 2))
  .addOption(count('--students <count>', 'that are trained', 17))
  .addOption(count('--trajectories <count>', 'of an outer step', 2))
  .addOption(count('--outer-steps <count>', 'that are taken', 20))
  .addOption(someOf('--only <names>', 'examples that are run whole', EXAMPLES))
  .option('--set <overrides...>', 'values of the examples', [])
  .option('--data-dir <folder>', 'folder that may hold data files')
  .parse();
const options = program.opts<Options>();
const [what = ''] = program.args;

/** How long an experiment took. */
interface Times {
  /** Seconds of each stretch. */
  readonly stretches: Readonly<Partial<Record<Phase, number>>>;
  /** Seconds from the end of the first student to that of the last one, and how many they were beside the first. */
  readonly students: { readonly seconds: number; readonly count: number };
  readonly seconds: number;
}

const IN_PROCESS = 'inline';

/** @param workers - 0 for one process with all threads */
async function run(example: string, overrides: readonly string[], workers: number): Promise<Times> {
  const file = fileURLToPath(new URL(`../examples/${example}.yaml`, import.meta.url));
  const executor = workers === 0 ? IN_PROCESS : `{ id: processes, workers: ${workers} }`;
  const { config, document } = await loadConfig(file, [...overrides, `executor=${executor}`]);
  const registry = createRegistry([datasets, sasrec, transformerLm]);
  const experiment = resolveExperiment(config, registry, document);
  const runDirectory = mkdtempSync(join(tmpdir(), 'farzi-scale-'));
  const started = performance.now();
  const phases: (readonly [Phase, number])[] = [];
  const finished: number[] = [];
  try {
    await runExperiment({
      ...{ experiment, registry, runDirectory, configDirectory: dirname(file), existing: 'refuse' },
      dataDirectories: options.dataDir === undefined ? [] : [resolve(options.dataDir)],
      processPlan: { module: new URL('job-process.ts', import.meta.url), plugins: null },
      reporters: [
        {
          onPhase: (phase) => void phases.push([phase, performance.now()]),
          onProgress: ({ phase, done }) => {
            if (phase === 'students' && done > finished.length) finished.push(performance.now());
          },
        },
      ],
    });
  } finally {
    rmSync(runDirectory, { recursive: true });
  }
  const end = performance.now();
  const stretches = phases.map(([phase, from], index) => [phase, ((phases[index + 1]?.[1] ?? end) - from) / 1000] as const);
  const [first = end, ...others] = finished;
  return {
    stretches: Object.fromEntries(stretches),
    students: { seconds: ((others.at(-1) ?? end) - first) / 1000, count: others.length },
    seconds: (end - started) / 1000,
  };
}

/** Sequences of the members of the sweep. */
const SWEPT = [10, 20, 30, 40];

/** The built command. */
const FARZI = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));

/**
 * Seconds that a sweep of short quickstarts takes.
 *
 * @param atOnce - members at the same time; 0: one after the other in one process
 */
function sweep(atOnce: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'farzi-scale-'));
  const settings = ['distillation.outerSteps=20', 'evaluation.seeds=1', 'evaluation.arms=[full, distilled]'];
  const words = [
    ...[FARZI, 'sweep', fileURLToPath(new URL('../examples/quickstart.yaml', import.meta.url))],
    ...['--sweep', `synthetic.sequences=${SWEPT.join(',')}`, '--quiet', '--out', folder],
    ...[...options.set, ...settings].flatMap((each) => ['--set', each]),
    ...(atOnce === 0 ? ['--executor', IN_PROCESS] : ['--executor', 'processes', '--at-once', String(atOnce)]),
  ];
  const started = performance.now();
  try {
    execFileSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return (performance.now() - started) / 1000;
}

/** Measures something with each number of workers, in turns. */
async function inTurns(workers: readonly number[], measure: (workers: number) => Promise<number>): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>(workers.map((each) => [each, []]));
  for (let turn = 0; turn < options.repeats; turn++) {
    for (const each of workers) {
      const seconds = await measure(each);
      found.get(each)?.push(seconds);
      console.error(`turn ${turn + 1}, ${name(each)}: ${seconds.toFixed(2)} s`);
    }
  }
  return found;
}

const name = (workers: number): string =>
  workers === 0 ? 'one process, all threads' : `${workers} ${what === 'sweep' ? 'at the same time' : 'processes'}`;

function table(title: string, unit: string, found: Map<number, number[]>, amount: number): void {
  const best = fastest(found.get(0) ?? []);
  console.log(`| ${title} | seconds, each turn | ${unit} in a second | against one process |`);
  console.log('| --- | --- | --- | --- |');
  for (const [workers, seconds] of found) {
    const turns = seconds.map((each) => each.toFixed(1)).join(', ');
    const fast = fastest(seconds);
    console.log(`| ${name(workers)} | ${turns} | ${(amount / fast).toFixed(3)} | ${(best / fast).toFixed(2)} |`);
  }
}

if (what === 'students') {
  const settings = ['distillation.outerSteps=0', 'teacher.maxSteps=20', 'evaluation.arms=[random]', `evaluation.seeds=${options.students}`];
  const found = await inTurns([0, ...options.workers], async (workers) => {
    const { students } = await run('quickstart', [...options.set, ...settings, 'training.maxSteps=100', 'training.patience=100'], workers);
    return students.seconds;
  });
  table('students of the quickstart', 'students', found, options.students - 1);
} else if (what === 'trajectories') {
  const settings = [
    ...['teacher.maxSteps=20', 'training.maxSteps=20', 'evaluation.arms=[distilled]', 'evaluation.seeds=1'],
    ...[`distillation.outerSteps=${options.outerSteps}`, `distillation.validateEvery=${options.outerSteps}`],
    `distillation.metaOptimizer.trajectories=${options.trajectories}`,
  ];
  const found = await inTurns([0, ...options.workers], async (workers) => {
    const { stretches } = await run('quickstart', [...options.set, ...settings], workers);
    return stretches.distillation ?? Number.NaN;
  });
  table(`${options.trajectories} trajectories an outer step, quickstart`, 'trajectories', found, options.outerSteps * options.trajectories);
} else if (what === 'sweep') {
  const found = await inTurns([0, ...options.workers], (atOnce) => Promise.resolve(sweep(atOnce)));
  table(`a sweep with ${SWEPT.length} members of the quickstart`, 'members', found, SWEPT.length);
} else {
  for (const example of options.only) {
    const stretches: Record<string, string[]> = {};
    const found = await inTurns([0, ...options.workers], async (workers) => {
      const times = await run(example, options.set, workers);
      const words = Object.entries(times.stretches).map(([stretch, seconds]) => `${stretch} ${seconds.toFixed(0)} s`);
      (stretches[name(workers)] ??= []).push(words.join(', '));
      return times.seconds;
    });
    table(example, 'runs', found, 1);
    for (const [who, turns] of Object.entries(stretches)) console.log(`- ${example}, ${who}: ${turns.join('; ')}`);
  }
}
