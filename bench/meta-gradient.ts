/**
 * Times a meta-gradient through T Adam steps on random synthetic data beside T plain training steps, and prints one JSON line.
 *
 *   pnpm bench:meta-gradient --vocabulary 1682 --length 50 --batch 50 --width 64 --blocks 2 --rank 16 --steps 20 --trajectory stored
 *   pnpm bench:meta-gradient --task language --vocabulary 10000 --length 35 --batch 20 --width 128
 *
 * The model is SASRec, or for language the Transformer. Times are the best of three after a warm-up.
 */
import { parseArgs } from 'node:util';
import { disposeAll } from '../packages/core/src/engine/engine.js';
import { builtInEngines, selectEngine } from '../packages/core/src/engine/select.js';
import { realOuterProblem } from '../packages/core/src/training/real.js';
import { type LearnerState, startLearner } from '../packages/core/src/unroll/learner.js';
import type { TrajectoryKind } from '../packages/core/src/unroll/trajectory.js';
import { Unroll } from '../packages/core/src/unroll/unroll.js';
import { Workload, workloadOptions, workloadSizes } from './workload.js';

const { values } = parseArgs({
  options: {
    ...workloadOptions,
    steps: { type: 'string', default: '20' },
    trajectory: { type: 'string', default: 'stored' },
    engine: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '0' },
  },
});
const REPEATS = 3;
const LEARNING_RATE = 0.01;
const steps = Number(values.steps);
const sizes = workloadSizes(values);

const { engine } = await selectEngine(builtInEngines, values.engine, Number(values.threads));
const workload = new Workload(sizes);
const { problem, optimizer, model } = workload;
const unroll = await Unroll.compile(engine, problem, realOuterProblem(model, workload.shape), optimizer, {
  trajectory: values.trajectory as TrajectoryKind,
  adjoint: 'exact',
});
const meta = workload.upload(engine);
const weights = workload.weights();

async function plainTraining(): Promise<number> {
  const start = startLearner(engine, optimizer, weights);
  const started = performance.now();
  let state: LearnerState = start;
  for (let index = 0; index < steps; index++) {
    const next = await unroll.trainer.advance(state, meta, workload.batchAt(index), LEARNING_RATE);
    disposeAll(state.tensors);
    next.loss.dispose();
    state = next.state;
  }
  disposeAll(state.tensors);
  return (performance.now() - started) / 1000;
}

async function metaGradient(): Promise<number> {
  const start = startLearner(engine, optimizer, weights);
  const outerBatch = workload.realBatch();
  const started = performance.now();
  const batch = (index: number) => workload.batchAt(index);
  const result = await unroll.metaGradient({ start, steps, learningRate: LEARNING_RATE, meta, batch, outerBatch });
  const seconds = (performance.now() - started) / 1000;
  disposeAll({ ...start.tensors });
  disposeAll(result.meta);
  disposeAll(result.final.tensors);
  result.initialWeights.dispose();
  return seconds;
}

async function best(run: () => Promise<number>): Promise<number> {
  await run();
  let fastest = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) fastest = Math.min(fastest, await run());
  return fastest;
}

const plainTrainingSeconds = await best(plainTraining);
const metaGradientSeconds = await best(metaGradient);
const round = (value: number): number => Number(value.toPrecision(4));
console.log(
  JSON.stringify({
    workload: { ...sizes, steps, trajectory: values.trajectory, parameters: model.layout.size },
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
