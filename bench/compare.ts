/**
 * Measures our engines and the peers found on this machine on the same meta-gradient, training and ranking, checks that
 * they compute the same values, and prints tables. docs/performance.md says how to install peers and how to read the
 * tables.
 *
 *   pnpm bench:compare --python ~/peers/bin/python --json compare.json
 *   pnpm bench:compare --task language
 *   pnpm bench:compare --engines onnx --peers pytorch --modes training
 *
 * Ctrl-C ends it with what was measured until then. Exit code 1 when values disagree.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { trainingDisagreement, unrollDisagreement, worst } from './compare/agreement.js';
import {
  type Device,
  devices,
  engineContestants,
  EXCHANGE,
  gradientsOf,
  type Job,
  peerContestants,
  peerIds,
  removedVariables,
  run,
  threadCounts,
} from './compare/contestants.js';
import { type ComparisonSettings, exchangeFile } from './compare/exchange.js';
import { unrollFlops } from './compare/flops.js';
import {
  type Circumstances,
  type Failure,
  type Mode,
  modes,
  REFERENCE,
  type TrainingAnswer,
  type TrainingResult,
  type UnrollAnswer,
  type UnrollResult,
} from './compare/protocol.js';
import { type Judged, mergedRounds, trainingTable, unrollTable, utilisation, utilisationText } from './compare/report.js';
import { count, counts, engineIds, number, size, someOf } from './options.js';
import { withWorkload, Workload, type WorkloadChoice, workloadSizes } from './workload.js';

interface Options extends WorkloadChoice {
  readonly steps: number;
  readonly trainingBatch?: number;
  readonly product: number;
  readonly engines: readonly string[];
  readonly peers: readonly string[];
  readonly modes: readonly Mode[];
  readonly threads: readonly number[];
  readonly python: string;
  readonly peerDevice: Device;
  readonly rounds: number;
  readonly repeats: number;
  readonly patience: number;
  readonly limit: number;
  readonly tolerance: number;
  readonly json?: string;
}
const command = withWorkload(new Command('bench:compare'))
  .description('Measures our engines and the peers found here on the same work, and checks that they compute the same values.')
  .addOption(count('--steps <count>', 'inner steps, and steps of training', 20))
  .addOption(size('--training-batch <count>', 'sequences (default: 128, for language 20)'))
  .addOption(count('--product <count>', 'rows of the large matrices that are multiplied', 2048))
  .addOption(someOf('--engines <ids>', 'our engines', engineIds))
  .addOption(someOf('--peers <ids>', 'peers', peerIds))
  .addOption(someOf('--modes <names>', 'what to measure', modes))
  .addOption(counts('--threads <counts>', 'numbers of threads to try', threadCounts()))
  .option('--python <command>', 'interpreter that can import the peers', 'python3')
  .addOption(new Option('--peer-device <device>', 'where the peers compute').choices(devices).default('cpu'))
  .addOption(count('--rounds <count>', 'turns that everyone gets', 2))
  .addOption(count('--repeats <count>', 'measurements in each, after a warm-up; 0 takes the warm-up for one', 3, 0))
  .addOption(number('--patience <seconds>', 'a longer warm-up is not repeated', 60))
  .addOption(number('--limit <seconds>', 'a process that takes longer is ended', 1200))
  .addOption(number('--tolerance <number>', 'largest relative difference of values', 1e-3))
  .option('--json <file>', 'keep all measurements there')
  .parse();
const options = command.opts<Options>();
const { rounds, repeats, patience, limit, tolerance } = options;
const sizes = workloadSizes(options);
const settings: ComparisonSettings = {
  sizes,
  steps: options.steps,
  trainingBatch: options.trainingBatch ?? (sizes.task === 'language' ? 20 : 128),
  product: options.product,
};
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const ours = await engineContestants(options.engines, options.threads);
const peers = peerContestants(options.python, options.peers, options.threads, options.peerDevice);
const absent = [...ours.absent, ...peers.absent];
for (const { id, reason } of absent) say(`${id}: The contestant is not here. ${reason}`);

const contestants = [...ours.contestants, ...peers.contestants].map((contestant) => ({
  ...contestant,
  modes: contestant.modes.filter((mode) => options.modes.includes(mode)),
}));
const first = contestants.find(({ modes }) => modes.length > 0);
if (first === undefined) command.error(`error: Nobody is here who could measure ${options.modes.join(', ')}.`);
else if (first.id !== REFERENCE) say(`The reference ${REFERENCE} takes no part: values are compared with those of ${first.id}.`);

const folder = mkdtempSync(join(tmpdir(), 'farzi-compare-'));
const unrollRounds: Judged<UnrollAnswer>[] = [];
const trainingRounds: Judged<TrainingAnswer>[] = [];
const failures: Failure[] = [];
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
let reference: { readonly result: UnrollResult; readonly gradients: string } | undefined;

async function measureUnroll(job: Job, mode: 'naive' | 'stored'): Promise<void> {
  const outcome = await run<UnrollResult & Circumstances>(job);
  const named = { contestant: job.contestant.id, mode, threads: job.threads };
  if ('reason' in outcome) {
    failures.push({ ...named, reason: outcome.reason });
    return;
  }
  const unrolled = { result: outcome.result, gradients: gradientsOf(job) };
  reference ??= unrolled;
  unrollRounds.push({ ...named, result: outcome.result, disagreement: unrollDisagreement(unrolled, reference) });
}

async function measureTraining(job: Job): Promise<void> {
  const outcome = await run<TrainingResult & Circumstances>(job);
  const named = { contestant: job.contestant.id, mode: 'training', threads: job.threads } as const;
  if ('reason' in outcome) failures.push({ ...named, reason: outcome.reason });
  else {
    const disagreement = trainingDisagreement(outcome.result, trainingRounds[0]?.result ?? outcome.result);
    trainingRounds.push({ ...named, result: outcome.result, disagreement });
  }
}

try {
  writeFileSync(join(folder, EXCHANGE), exchangeFile(settings));
  const jobs = contestants.flatMap((contestant) =>
    contestant.threads.flatMap((threads) =>
      contestant.modes.map((mode): Job => ({ contestant, mode, threads, repeats, patience, limit, folder, signal: interruption.signal })),
    ),
  );
  // a shared machine is slow for minutes at a time: everyone gets his turn several times
  for (let round = 1; round <= rounds; round++) {
    for (const job of jobs) {
      const { contestant, mode, threads } = job;
      say(`${round}/${rounds} ${contestant.id}, ${mode}, ${threads} thread${threads === 1 ? '' : 's'}`);
      await (mode === 'training' ? measureTraining(job) : measureUnroll(job, mode));
    }
  }
} catch (error) {
  if (!interruption.signal.aborted) throw error;
} finally {
  rmSync(folder, { recursive: true });
}

const unrolls = mergedRounds(unrollRounds);
const trainings = mergedRounds(trainingRounds);
const workload = new Workload(sizes);
const flops = unrollFlops(workload, settings.steps);
const rates = utilisation(unrolls, trainings, flops, settings.product);
const machine = {
  processor: cpus()[0]?.model.trim() ?? '',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
  node: process.version,
};
const versions = Object.fromEntries([...unrolls, ...trainings].map(({ contestant, result }) => [contestant, result.version]));
const disagreeing = [...unrolls, ...trainings].filter(({ disagreement }) => !(worst(disagreement) <= tolerance));

console.log(`${machine.processor}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.system}, node ${machine.node}`);
console.log(
  Object.entries(versions)
    .map(([id, version]) => `${id}: ${version}`)
    .join('; '),
);
console.log(`${JSON.stringify({ ...settings, parameters: workload.model.layout.size })}\n`);
if (unrolls.length > 0) console.log(`${unrollTable(unrolls, settings.steps)}\n`);
if (trainings.length > 0) console.log(`${trainingTable(trainings, settings.steps, settings.product)}\n`);
console.log(utilisationText(rates));
for (const { contestant, mode, threads, reason } of failures)
  console.log(`NOT MEASURED ${contestant}, ${mode}, ${threads} threads: ${reason}`);
for (const { contestant, mode, threads, disagreement } of disagreeing)
  console.log(`DISAGREES ${contestant}, ${mode}, ${threads} threads: ${JSON.stringify(disagreement)}`);
if (options.json !== undefined) {
  const report = {
    machine,
    versions,
    settings,
    flops,
    rates,
    unrolls,
    trainings,
    failures,
    absent,
    interrupted: interruption.signal.aborted,
    removedVariables: removedVariables(),
  };
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
if (interruption.signal.aborted) {
  say('Interrupted: this is what was measured until then.');
  process.exitCode = 130;
} else if (disagreeing.length > 0 || unrolls.length + trainings.length === 0) process.exitCode = 1;
