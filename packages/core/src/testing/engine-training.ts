import { realBatch } from '../data/batches.js';
import { disposeAll, downloadScalar, type Engine } from '../engine/engine.js';
import { initialParameters } from '../model/layout.js';
import { RandomStream } from '../random/stream.js';
import { randomSynthetic } from '../synthetic/random.js';
import { syntheticBatch, syntheticProblem, uploadSynthetic } from '../synthetic/source.js';
import { sequenceWindows } from '../synthetic/windows.js';
import { realOuterProblem, realSource } from '../training/real.js';
import { startLearner, Trainer, weightsOf } from '../unroll/learner.js';
import { stored } from '../unroll/strategies.js';
import { Unroll } from '../unroll/unroll.js';
import { attempt, check, distance, norm } from './assert.js';
import { TOY_LENGTH, toyModel, toyOptimizer, toySequences, toyShape } from './toy-learner.js';

/** Relative; rounding differs between engines, and training carries it on. */
const TOLERANCE = 1e-3;
const STEPS = 4;
const LEARNING_RATE = 0.02;

/** Trains a toy on real data, and differentiates its training on synthetic data, on both engines. */
export async function checkTraining(id: string, engine: Engine, reference: Engine): Promise<void> {
  const [actual, expected] = [await attempt(`${id}: Training a toy`, () => results(engine)), await results(reference)];
  for (const [name, wanted] of Object.entries(expected)) {
    const off = distance(actual[name] ?? [], wanted) / Math.max(norm(wanted), 1e-3);
    check(off <= TOLERANCE, `${id}: Training a toy gives other ${name} than ${reference.id} (relative distance ${off.toPrecision(2)}).`);
  }
}

async function results(engine: Engine): Promise<Record<string, number[]>> {
  return { ...(await trained(engine)), ...(await differentiated(engine)) };
}

async function trained(engine: Engine): Promise<Record<string, number[]>> {
  const model = toyModel();
  const optimizer = toyOptimizer();
  const source = realSource(model, toySequences(), { batchSize: 4, length: TOY_LENGTH });
  const trainer = await Trainer.compile(engine, source.problem, optimizer);
  let state = startLearner(engine, optimizer, initialParameters(model.layout, new RandomStream(1, 'weights')));
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const next = await trainer.advance(state, source.meta, source.batch(new RandomStream(step, 'batch')), LEARNING_RATE);
    losses.push(await downloadScalar(engine, next.loss));
    next.loss.dispose();
    disposeAll(state.tensors);
    state = next.state;
  }
  const weights = [...(await engine.download(weightsOf(state)))];
  disposeAll(state.tensors);
  await trainer.dispose();
  return { losses, weights };
}

async function differentiated(engine: Engine): Promise<Record<string, number[]>> {
  const model = toyModel();
  const [optimizer, train, shape] = [toyOptimizer(), toySequences(), toyShape('soft')];
  const data = randomSynthetic(shape, sequenceWindows(train, shape, new RandomStream(1, 'windows')), new RandomStream(1, 'synthetic'));
  const outer = { batchSize: 4, length: TOY_LENGTH };
  const unroll = await Unroll.compile(engine, syntheticProblem(model, data, 3, false), realOuterProblem(model, outer), optimizer, {
    trajectory: stored,
    adjoint: 'exact',
  });
  const start = startLearner(engine, optimizer, initialParameters(model.layout, new RandomStream(1, 'weights')));
  const meta = uploadSynthetic(engine, data);
  const result = await unroll.metaGradient({
    ...{ start, meta, steps: STEPS, learningRate: LEARNING_RATE },
    batch: (index) => syntheticBatch(data, new RandomStream(index, 'inner').distinct(data.sequences, 3)),
    outerBatch: realBatch(train, outer, new RandomStream(1, 'outer')),
  });
  const values: Record<string, number[]> = { 'meta-losses': [result.metaLoss, ...result.innerLosses] };
  for (const [name, tensor] of Object.entries(result.meta)) values[`meta-gradients in ${name}`] = [...(await engine.download(tensor))];
  for (const tensors of [start.tensors, meta, result.meta, result.final.tensors, { weights: result.initialWeights }]) disposeAll(tensors);
  await unroll.dispose();
  return values;
}
