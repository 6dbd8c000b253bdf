/**
 * Measures memory and checks what is promised of it:
 *
 * - `stored`: the peak at many steps is that at few steps plus the states stored in between, and 5 %
 * - `checkpointed`: the peak at many steps is at most 1.15 times that at few
 * - an outer loop's memory, without garbage, does not grow: over the last three quarters of `--outer-steps` a straight
 *   line through it rises by less than 5 %
 *
 *   pnpm bench:memory
 *   pnpm bench:memory --vocabulary 200 --width 16 --long 100 --outer-steps 100
 *
 * Prints a line for each and exits with 1 if one fails. `--json FILE` keeps the figures. The outer loop is always a
 * small one.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Command } from 'commander';
import { distill, farzi, randomInitialisation } from '@farzi/core';
import { count, engineOption, threadsOption } from './options.js';
import { LEARNING_RATE } from './unrolled.js';
import { withWorkload, Workload, type WorkloadChoice, workloadSizes } from './workload.js';

interface Options extends WorkloadChoice {
  readonly short: number;
  readonly long: number;
  readonly outerSteps: number;
  readonly engine: string;
  readonly threads: number;
  readonly json?: string;
}
const options = withWorkload(new Command('bench:memory'))
  .description('Measures peak memory and its growth over an outer loop, and fails where it is above its limit.')
  .addOption(count('--short <count>', 'inner steps of a short training', 20))
  .addOption(count('--long <count>', 'inner steps of a long one', 1000))
  .addOption(count('--outer-steps <count>', 'of the outer loop', 1000))
  .addOption(engineOption())
  .addOption(threadsOption())
  .option('--json <file>', 'keep the figures there')
  .parse()
  .opts<Options>();
const { short, long, outerSteps } = options;
const sizes = workloadSizes(options);
const STORED_SLACK = 1.05;
const CHECKPOINTED_SLACK = 1.15;
const MOST_GROWTH = 0.05;
const MEGABYTE = 2 ** 20;

/** Something measured, and whether it is within its limit. */
interface Check {
  readonly name: string;
  readonly measured: number;
  readonly limit: number;
  readonly text: string;
}

/** Peak memory in MB of a process that trains plainly and then takes a meta-gradient. */
function peak(trajectory: 'stored' | 'checkpointed', steps: number): number {
  const script = fileURLToPath(new URL('meta-gradient.ts', import.meta.url));
  const measure = { ...sizes, trajectory, steps, repeats: 0, engine: options.engine, threads: options.threads };
  const args = Object.entries(measure).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const output = execFileSync(process.execPath, [...process.execArgv, script, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return (JSON.parse(output) as { peakRssMB: number }).peakRssMB;
}

function storedCheck(): Check {
  const parameters = new Workload(sizes).model.layout.size;
  const states = ((long - short) * 3 * parameters * Float32Array.BYTES_PER_ELEMENT) / MEGABYTE;
  const [few, many] = [peak('stored', short), peak('stored', long)];
  return {
    name: 'stored',
    measured: many,
    limit: STORED_SLACK * (few + states),
    text: `peak ${many} MB at T = ${long}, ${few} MB at T = ${short}, ${states.toFixed(0)} MB of states in between`,
  };
}

function checkpointedCheck(): Check {
  const [few, many] = [peak('checkpointed', short), peak('checkpointed', long)];
  const text = `peak ${many} MB at T = ${long}, ${few} MB at T = ${short}`;
  return { name: 'checkpointed', measured: many, limit: CHECKPOINTED_SLACK * few, text };
}

/** Slope of the straight line that fits best, per step. */
function slope(samples: readonly (readonly [step: number, value: number])[]): number {
  const mean = (at: 0 | 1): number => samples.reduce((sum, sample) => sum + sample[at], 0) / samples.length;
  const [middle, level] = [mean(0), mean(1)];
  const covariance = samples.reduce((sum, [step, value]) => sum + (step - middle) * (value - level), 0);
  return covariance / samples.reduce((sum, [step]) => sum + (step - middle) ** 2, 0);
}

/**
 * Distils a small workload and looks at this process's memory now and then. Garbage is collected before: V8 lets it
 * pile up for thousands of steps.
 */
async function growthCheck(): Promise<Check> {
  const small = { task: 'recommendation', vocabulary: 200, length: 10, batch: 8, width: 16, blocks: 1, rank: 4, inputs: 'soft' } as const;
  const { configured, sequences } = new Workload(small);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const every = Math.max(1, Math.floor(outerSteps / 100));
  const samples: [number, number][] = [];
  await distill({
    sequences,
    model: configured,
    engine: options.engine,
    threads: options.threads,
    maxLength: small.length,
    synthetic: { sequences: sequences.length, rank: small.rank, initialisation: randomInitialisation() },
    metaOptimizer: farzi({ steps: 5, realBatchSize: small.batch }),
    learner: { poolSize: 2, maxAge: 50, batchSize: small.batch, learningRate: LEARNING_RATE },
    training: { maxSteps: 1, evaluateEvery: 1 },
    outerSteps,
    validateEvery: outerSteps,
    onProgress: ({ phase, done: step }) => {
      if (phase !== 'distillation' || step % every !== 0) return;
      collectGarbage();
      if (step > outerSteps / 4) samples.push([step, process.memoryUsage.rss() / MEGABYTE]);
    },
  });
  const perStep = slope(samples);
  const level = samples.reduce((sum, [, value]) => sum + value, 0) / samples.length;
  const text = `${(1024 * perStep).toFixed(1)} kB per outer step at ${level.toFixed(0)} MB, fitted to the last 3/4 of ${outerSteps} steps`;
  return { name: 'growth', measured: perStep * 0.75 * outerSteps, limit: MOST_GROWTH * level, text };
}

const checks = [storedCheck(), checkpointedCheck(), await growthCheck()];
for (const { name, measured, limit, text } of checks)
  console.log(`${measured <= limit ? 'ok    ' : 'FAILED'} ${name}: ${text} (${measured.toFixed(1)} of at most ${limit.toFixed(1)} MB)`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ workload: sizes, checks }, undefined, 2)}\n`);
if (checks.some(({ measured, limit }) => !(measured <= limit))) process.exitCode = 1;
