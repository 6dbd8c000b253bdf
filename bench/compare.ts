/**
 * Measures our engines and the peers found on this machine on the same meta-gradient, training and ranking, checks that they compute the same values, and prints tables.
 * docs/performance.md says how to install peers and how to read the tables.
 *
 *   pnpm bench:compare --python ~/peers/bin/python --json compare.json
 *   pnpm bench:compare --task language
 *   pnpm bench:compare --engines onnx --peers pytorch --repeats 1
 *
 * Exit code 1 when values disagree.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { trainingDisagreement, unrollDisagreement, worst } from './compare/agreement.js';
import {
  engineContestants,
  EXCHANGE,
  gradientsOf,
  type Job,
  peerContestants,
  removedVariables,
  run,
  threadCounts,
} from './compare/contestants.js';
import { type ComparisonSettings, exchangeFile } from './compare/exchange.js';
import { unrollFlops } from './compare/flops.js';
import type { Circumstances, Failure, TrainingAnswer, TrainingResult, UnrollAnswer, UnrollResult } from './compare/protocol.js';
import { type Judged, mergedRounds, trainingTable, unrollTable, utilisation, utilisationText } from './compare/report.js';
import { Workload, workloadOptions, workloadSizes } from './workload.js';

const { values } = parseArgs({
  options: {
    ...workloadOptions,
    steps: { type: 'string', default: '20' },
    'training-batch': { type: 'string' },
    product: { type: 'string', default: '2048' },
    engines: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    threads: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '3' },
    patience: { type: 'string', default: '60' },
    limit: { type: 'string', default: '1200' },
    tolerance: { type: 'string', default: '1e-3' },
    json: { type: 'string' },
  },
});
const sizes = workloadSizes(values);
const settings: ComparisonSettings = {
  sizes,
  steps: Number(values.steps),
  trainingBatch: Number(values['training-batch'] ?? (sizes.task === 'language' ? 20 : 128)),
  product: Number(values.product),
};
const tolerance = Number(values.tolerance);
const names = (list: string): string[] => list.split(',').filter((name) => name !== '');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const threadsToTry = values.threads === undefined ? threadCounts() : names(values.threads).map(Number);
const ours = await engineContestants(names(values.engines), threadsToTry);
const peers = peerContestants(values.python, names(values.peers), threadsToTry);
const absent = [...ours.absent, ...peers.absent];
for (const { id, reason } of absent) say(`${id} is not here: ${reason}`);

const folder = mkdtempSync(join(tmpdir(), 'farzi-compare-'));
const unrollRounds: Judged<UnrollAnswer>[] = [];
const trainingRounds: Judged<TrainingAnswer>[] = [];
const failures: Failure[] = [];
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
  const [rounds, repeats, patience, limit] = [values.rounds, values.repeats, values.patience, values.limit].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const jobs = [...ours.contestants, ...peers.contestants].flatMap((contestant) =>
    contestant.threads.flatMap((threads) =>
      contestant.modes.map((mode): Job => ({ contestant, mode, threads, repeats, patience, limit, folder })),
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
console.log(`${unrollTable(unrolls, settings.steps)}\n`);
console.log(`${trainingTable(trainings, settings.steps, settings.product)}\n`);
console.log(utilisationText(rates));
for (const { contestant, mode, threads, reason } of failures)
  console.log(`NOT MEASURED ${contestant}, ${mode}, ${threads} threads: ${reason}`);
for (const { contestant, mode, threads, disagreement } of disagreeing)
  console.log(`DISAGREES ${contestant}, ${mode}, ${threads} threads: ${JSON.stringify(disagreement)}`);
if (values.json !== undefined) {
  const report = { machine, versions, settings, flops, rates, unrolls, trainings, failures, absent, removedVariables: removedVariables() };
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
if (disagreeing.length > 0 || unrolls.length === 0) process.exitCode = 1;
