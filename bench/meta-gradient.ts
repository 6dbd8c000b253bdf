/**
 * Times a meta-gradient through T Adam steps of SASRec on random synthetic data beside T plain training steps, and prints one JSON line.
 *
 *   pnpm bench:meta-gradient --vocabulary 1682 --length 50 --batch 50 --width 64 --blocks 2 --rank 16 --steps 20 --trajectory stored
 *
 * Times are the best of three after a warm-up.
 */
import { parseArgs } from 'node:util';
import { builtInEngines, selectEngine } from '../packages/core/src/engine/select.js';
import { initialParameters } from '../packages/core/src/model/layout.js';
import { adam } from '../packages/core/src/optimizer/adam.js';
import { RandomStream } from '../packages/core/src/random/stream.js';
import { randomSynthetic } from '../packages/core/src/synthetic/initialise.js';
import { syntheticBatch, syntheticProblem, uploadSynthetic } from '../packages/core/src/synthetic/source.js';
import { TracedModel } from '../packages/core/src/training/objective.js';
import { realBatch, realOuterProblem } from '../packages/core/src/training/real.js';
import { type LearnerState, startLearner } from '../packages/core/src/unroll/learner.js';
import type { TrajectoryKind } from '../packages/core/src/unroll/trajectory.js';
import { Unroll } from '../packages/core/src/unroll/unroll.js';
import { disposeAll } from '../packages/core/src/engine/engine.js';
import { sasrec } from '../packages/models-sasrec/src/index.js';

const { values } = parseArgs({
  options: {
    vocabulary: { type: 'string', default: '1682' },
    length: { type: 'string', default: '50' },
    batch: { type: 'string', default: '50' },
    width: { type: 'string', default: '64' },
    blocks: { type: 'string', default: '2' },
    rank: { type: 'string', default: '16' },
    steps: { type: 'string', default: '20' },
    trajectory: { type: 'string', default: 'stored' },
    inputs: { type: 'string', default: 'soft' },
    engine: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '0' },
  },
});
const [vocabulary, length, batch, width, blocks, rank, steps] = ['vocabulary', 'length', 'batch', 'width', 'blocks', 'rank', 'steps'].map(
  (name) => Number(values[name as keyof typeof values]),
) as [number, number, number, number, number, number, number];
const REPEATS = 3;
const LEARNING_RATE = 0.01;

const { engine } = await selectEngine(builtInEngines, values.engine, Number(values.threads));
const stream = new RandomStream(1, 'bench');
const options = { hiddenSize: width, blocks, heads: 1, dropout: 0, normalisation: 'pre', initialDeviation: 0.02 } as const;
const model = new TracedModel(sasrec.create(options, { vocabularySize: vocabulary, maxLength: length }));
const inputs = values.inputs === 'hard' ? 'hard' : 'soft';
const sequences = Array.from({ length: 2 * batch }, (_, row) =>
  Int32Array.from({ length: length + 1 }, () => stream.child('sequence', row).integer(vocabulary)),
);
const windows = {
  ids: Int32Array.from(sequences.flatMap((sequence) => [...sequence.subarray(0, length)])),
  weights: new Float32Array(2 * batch * length).fill(1),
};
const data = randomSynthetic(
  { sequences: 2 * batch, length, rank, vocabularySize: vocabulary, temperature: 1, inputs },
  windows,
  stream.child('summary'),
);
const optimizer = adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0 });
const problem = syntheticProblem(model, data, batch, false);
const shape = { batchSize: batch, length };
const unroll = await Unroll.compile(engine, problem, realOuterProblem(model, shape), optimizer, {
  trajectory: values.trajectory as TrajectoryKind,
  adjoint: 'exact',
});
const meta = uploadSynthetic(engine, data);
const batchAt = (index: number): ReturnType<typeof syntheticBatch> =>
  syntheticBatch(data, stream.child('step', index).distinct(2 * batch, batch));
const weights = initialParameters(model.layout, stream.child('weights'));

async function plainTraining(): Promise<number> {
  const start = startLearner(engine, optimizer, weights);
  const started = performance.now();
  let state: LearnerState = start;
  for (let index = 0; index < steps; index++) {
    const next = await unroll.trainer.advance(state, meta, batchAt(index), LEARNING_RATE);
    disposeAll(state.tensors);
    next.loss.dispose();
    state = next.state;
  }
  disposeAll(state.tensors);
  return (performance.now() - started) / 1000;
}

async function metaGradient(): Promise<number> {
  const start = startLearner(engine, optimizer, weights);
  const outerBatch = realBatch(sequences, shape, stream.child('real'));
  const started = performance.now();
  const result = await unroll.metaGradient({ start, steps, learningRate: LEARNING_RATE, meta, batch: batchAt, outerBatch });
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
    workload: {
      model: 'sasrec',
      vocabulary,
      length,
      batch,
      width,
      blocks,
      rank,
      steps,
      inputs,
      trajectory: values.trajectory,
      parameters: model.layout.size,
    },
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
