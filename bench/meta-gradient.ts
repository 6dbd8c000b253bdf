/**
 * Times a meta-gradient through T Adam steps on random synthetic data beside T plain training steps, and prints one
 * JSON line.
 *
 *   pnpm bench:meta-gradient --vocabulary 1682 --length 50 --batch 50 --width 64 --blocks 2 --rank 16 --steps 20 --trajectory stored
 *   pnpm bench:meta-gradient --task language --vocabulary 10000 --length 35 --batch 20 --width 128
 *
 * The model is SASRec, or for language the Transformer. Times are the best of `--repeats` (3) after a warm-up.
 */
import { Command } from 'commander';
import { builtInEngines, selectEngine } from '@farzi/core';
import { count, engineOption, threadsOption, trajectoryOption } from './options.js';
import { fastest, repeated } from './timing.js';
import { UnrolledWorkload } from './unrolled.js';
import { withWorkload, Workload, type WorkloadChoice, workloadSizes } from './workload.js';

interface Options extends WorkloadChoice {
  readonly steps: number;
  readonly trajectory: string;
  readonly engine: string;
  readonly threads: number;
  readonly repeats: number;
}
const options = withWorkload(new Command('bench:meta-gradient'))
  .description('Times a meta-gradient on random synthetic data beside plain training, and prints one JSON line.')
  .addOption(count('--steps <count>', 'inner steps', 20))
  .addOption(trajectoryOption())
  .addOption(engineOption())
  .addOption(threadsOption())
  .addOption(count('--repeats <count>', 'measurements after a warm-up; 0 takes the warm-up for one', 3, 0))
  .parse()
  .opts<Options>();
const { steps, trajectory, repeats } = options;
const sizes = workloadSizes(options);
const repetition = { repeats, patience: Infinity };

const { engine } = await selectEngine(builtInEngines, options.engine, options.threads);
const workload = new Workload(sizes);
const unrolled = await UnrolledWorkload.compile(engine, workload, steps, trajectory);

const plainTrainingSeconds = fastest(await repeated(() => unrolled.plainTraining(), repetition));
const metaGradientSeconds = fastest(await repeated(() => unrolled.metaGradient(async () => undefined), repetition));
const round = (value: number): number => Number(value.toPrecision(4));
console.log(
  JSON.stringify({
    workload: { ...sizes, steps, trajectory, parameters: workload.model.layout.size },
    engine: engine.id,
    threads: engine.threads,
    metaGradientSeconds: round(metaGradientSeconds),
    plainTrainingSeconds: round(plainTrainingSeconds),
    ratio: round(metaGradientSeconds / plainTrainingSeconds),
    stepMilliseconds: round((1000 * plainTrainingSeconds) / steps),
    reverseStepMilliseconds: round((1000 * (metaGradientSeconds - plainTrainingSeconds)) / steps),
    peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
