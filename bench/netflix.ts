/**
 * What a distillation of the size of the Netflix Prize data is expected to take, on one machine and on many: 480,000
 * users, 17,770 items, 100 million events.
 *
 *   pnpm bench:netflix
 *   pnpm bench:netflix --threads 1 --workers 1,8,64,256
 *
 * Nothing is trained. Events of these numbers are made up in memory, every job is costed by the programs that it runs,
 * and these by the speed of this machine (the estimate of `farzi validate --estimate`). Workers are taken to be as fast
 * as this machine with these threads. Takes some minutes, and 6 GB of memory.
 */
import { Command } from 'commander';
import {
  createRegistry,
  defineDataset,
  definePlugin,
  type Estimate,
  estimateWithData,
  parseConfig,
  RandomStream,
  resolveExperiment,
} from '@farzi/core';
import datasets from '@farzi/datasets';
import sasrec from '@farzi/models-sasrec';
import { count, counts } from './options.js';

const options = new Command('bench:netflix')
  .description('Estimates a distillation of 480,000 users, 17,770 items and 100 million events on one machine and on many.')
  .addOption(count('--threads <count>', 'of each worker', 1))
  .addOption(counts('--workers <counts>', 'workers', [1, 8, 64, 256]))
  .parse()
  .opts<{ readonly threads: number; readonly workers: readonly number[] }>();

const USERS = 480_000;
const ITEMS = 17_770;
const EVENTS = 100_000_000;
const FEWEST_EVENTS = 20;

const ARMS = ['full', 'distilled', 'random'];
const SEEDS = 3;
const RATES = [0.01, 0.003];
const OUTER_STEPS = 1000;
const TRAJECTORIES = 8;
const VALIDATE_EVERY = 100;

/** Sequences of exponentially distributed lengths; which items they hold changes no cost. */
function sequences(): Int32Array[] {
  const stream = new RandomStream(1, 'netflix');
  const mean = EVENTS / USERS - FEWEST_EVENTS;
  return Array.from({ length: USERS }, (_, user) => {
    const length = FEWEST_EVENTS + Math.round(-mean * Math.log(1 - stream.uniform()));
    const tokens = new Int32Array(length);
    for (let at = 0; at < length; at++) tokens[at] = (user * 7919 + at * 104_729) % ITEMS;
    return tokens;
  });
}

const netflixSized = defineDataset({
  id: 'netflix-sized',
  task: 'recommendation',
  schema: { type: 'object', properties: {} } as const,
  load: () => {
    const users = sequences();
    return Promise.resolve({
      id: 'netflix-sized',
      task: 'recommendation' as const,
      vocabulary: Array.from({ length: ITEMS }, (_, item) => `movie ${item}`),
      train: users.map((tokens) => tokens.subarray(0, -2)),
      validation: users.map((tokens) => ({ tokens: tokens.subarray(0, -1), firstTarget: tokens.length - 2 })),
      test: users.map((tokens) => ({ tokens, firstTarget: tokens.length - 1 })),
      sequences: USERS,
      events: users.reduce((sum, { length }) => sum + length, 0),
      protocol: 'made up',
    });
  },
});

const configuration = (trajectories: number): string => `
task: recommendation
engine: onnx
threads: ${options.threads}
memoryLimit: 1000000
dataset: netflix-sized
model: { id: sasrec, hiddenSize: 64, blocks: 2, dropout: 0.2 }
maxLength: 50
synthetic: { sequences: 500, rank: 32, inputs: hard }
teacher: { batchSize: 256, maxSteps: 20000, evaluateEvery: 2000 }
distillation:
  outerSteps: ${OUTER_STEPS}
  validateEvery: ${VALIDATE_EVERY}
  metaOptimizer: { id: farzi, steps: 20, realBatchSize: 512, trajectories: ${trajectories} }
  learner: { batchSize: 50, poolSize: 16 }
training: { batchSize: 50, learningRate: [${RATES.join(', ')}], maxSteps: 2000, evaluateEvery: 200 }
fullTraining: { batchSize: 256, maxSteps: 20000, evaluateEvery: 2000 }
evaluation: { seeds: ${SEEDS}, arms: [${ARMS.join(', ')}], validationTargets: 20000 }
`;

async function estimated(trajectories: number): Promise<Estimate> {
  const registry = createRegistry([datasets, sasrec, definePlugin({ name: 'netflix-sized', core: '*', datasets: [netflixSized] })]);
  const experiment = resolveExperiment(parseConfig(configuration(trajectories), 'bench:netflix').config, registry);
  const context = { dataDirectories: [], configDirectory: '.', progress: () => undefined };
  return (await estimateWithData(experiment, registry, context)).estimate;
}

const phase = ({ phases }: Estimate, title: string) => {
  const found = phases.find((each) => each.title === title);
  if (found?.seconds === undefined) throw new Error(`The estimate says nothing of ${title}.`);
  return { seconds: found.seconds, memoryBytes: found.memoryBytes };
};
const hours = (seconds: number): string => (seconds / 3600).toFixed(1);
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

const [one, many] = [await estimated(1), await estimated(TRAJECTORIES)];
// what all outer steps have in common, such as validation, and what each trajectory adds
const perTrajectory = (phase(many, 'distillation').seconds - phase(one, 'distillation').seconds) / (TRAJECTORIES - 1) / OUTER_STEPS;
const apart = phase(one, 'distillation').seconds - perTrajectory * OUTER_STEPS;
const teacher = phase(many, 'teacher');
/** Trainings of one student: the first seed tries all rates, the others one. */
const students = ARMS.flatMap((arm) => {
  const { seconds } = phase(many, `students: ${arm}`);
  return Array.from({ length: SEEDS + RATES.length - 1 }, () => seconds / (SEEDS + RATES.length - 1));
}).sort((a, b) => b - a);

/** Longest jobs first, each to the worker that is free first. */
function makespan(jobs: readonly number[], workers: number): number {
  const free = new Array<number>(Math.min(workers, jobs.length)).fill(0);
  for (const job of jobs) {
    const first = free.indexOf(Math.min(...free));
    free[first] = (free[first] ?? 0) + job;
  }
  return Math.max(...free);
}

const parameters = ITEMS * 64 + 50 * 64 + 2 * 12 * 64 * 64;
const learnerBytes = 3 * 4 * parameters;
const syntheticBytes = 4 * 32 * (500 * 50 + ITEMS);
const partBytes = 2 * (learnerBytes + syntheticBytes);
const dataBytes = 3 * 4 * EVENTS;

console.log(
  `Estimated on this machine, ${options.threads} thread(s) for each worker, hours at most (training that stops early takes less):`,
);
console.log('');
console.log('| workers | teacher h | outer loop h | students h | all h | worker hours | GB moved |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const workers of options.workers) {
  const outer = apart + OUTER_STEPS * Math.ceil(TRAJECTORIES / workers) * perTrajectory;
  const last = makespan(students, workers);
  const all = teacher.seconds + outer + last;
  const work = teacher.seconds + apart + OUTER_STEPS * TRAJECTORIES * perTrajectory + students.reduce((a, b) => a + b, 0);
  const moved = workers === 1 ? 0 : OUTER_STEPS * TRAJECTORIES * partBytes + Math.min(workers, students.length + TRAJECTORIES) * dataBytes;
  console.log(`| ${[workers, hours(teacher.seconds), hours(outer), hours(last), hours(all), hours(work), gigabytes(moved)].join(' | ')} |`);
}
console.log('');
console.log(
  `One trajectory takes ${perTrajectory.toFixed(1)} s, a student ${hours(students.at(-1) ?? 0)} to ${hours(students[0] ?? 0)} h. ` +
    `A trajectory moves ${(partBytes / 1e6).toFixed(0)} MB, the data are ${gigabytes(dataBytes)} GB for each worker. ` +
    `Peak memory: teacher ${gigabytes(teacher.memoryBytes)} GB, outer loop ${gigabytes(phase(many, 'distillation').memoryBytes)} GB, ` +
    `students ${gigabytes(Math.max(...ARMS.map((arm) => phase(many, `students: ${arm}`).memoryBytes)))} GB.`,
);
