import { disposeAll, type Engine, type EngineTensors } from '../engine/engine.js';
import { initialParameters } from '../model/layout.js';
import { RandomStream } from '../random/stream.js';
import { sourceOf, type TrainingData } from '../student/training-data.js';
import { latentPositions, type SyntheticData, type SyntheticShape } from '../synthetic/synthetic.js';
import { type Batch, startLearner, Trainer, weightsOf } from '../unroll/learner.js';
import { allFinite, attempt, check, same } from './assert.js';
import { TOY_LENGTH, toyModel, toyOptimizer } from './toy-learner.js';

const STEPS = 3;

/** Checks the form of synthetic data. */
export function checkSynthetic(where: string, data: SyntheticData, shape: SyntheticShape): void {
  for (const key of ['sequences', 'length', 'rank', 'vocabularySize', 'temperature', 'inputs'] as const)
    check(data[key] === shape[key], `${where}: The option ${key} is ${data[key]}, and ${shape[key]} was asked for.`);
  const { sequences, length, rank, vocabularySize, inputs } = shape;
  const sizes = {
    latents: sequences * latentPositions(shape) * rank,
    decoder: rank * vocabularySize,
    weights: sequences * length,
  };
  for (const [key, size] of Object.entries(sizes) as [keyof typeof sizes, number][]) {
    const values = data[key];
    check(values instanceof Float32Array, `${where}: The numbers of ${key} are no Float32Array.`);
    check(values.length === size, `${where}: There are ${values.length} numbers in ${key}, not ${size}.`);
    check(allFinite(values), `${where}: The numbers of ${key} are not finite.`);
  }
  check(
    data.weights.every((weight) => weight === 0 || weight === 1),
    `${where}: The weights hold numbers other than 0 and 1.`,
  );
  for (let row = 0; row < sequences; row++)
    check(data.weights.subarray(row * length, (row + 1) * length).includes(1), `${where}: No target of sequence ${row} counts.`);
  if (inputs === 'soft') {
    check(data.ids === undefined, `${where}: There are ids, and inputs are soft.`);
    return;
  }
  check(data.ids instanceof Int32Array, `${where}: The ids are no Int32Array, and inputs are hard.`);
  check(data.ids.length === sequences * length, `${where}: The ids hold ${data.ids.length} numbers, not ${sequences * length}.`);
  check(
    data.ids.every((id) => id >= 0 && id < vocabularySize),
    `${where}: The ids are outside the vocabulary of ${vocabularySize}.`,
  );
}

/** Checks that a toy can be trained on some data: losses are finite, and the same stream gives the same batch. */
export async function checkTrainable(where: string, engine: Engine, data: TrainingData): Promise<void> {
  const model = toyModel();
  const optimizer = toyOptimizer();
  const source = await attempt(`${where}: Making its batches`, () => sourceOf(data, { engine, model, batchSize: 4, length: TOY_LENGTH }));
  const trainer = await attempt(`${where}: Compiling a step`, () => Trainer.compile(engine, source.problem, optimizer));
  const draw = (step: number): Promise<Batch> => attempt(`${where}: Drawing a batch`, () => source.batch(new RandomStream(step, 'batch')));
  let state = startLearner(engine, optimizer, initialParameters(model.layout, new RandomStream(1, 'weights')));
  for (let step = 0; step < STEPS; step++) {
    const [batch, again] = [await draw(step), await draw(step)];
    for (const [name, values] of Object.entries(batch))
      check(same(again[name] ?? [], values), `${where}: The same stream gives another batch (${name}).`);
    const next = await attempt(`${where}: A step of training`, () => trainer.advance(state, source.meta, batch, 0.01));
    const [loss] = await engine.download(next.loss);
    check(Number.isFinite(loss), `${where}: The loss of step ${step} is ${loss}.`);
    next.loss.dispose();
    disposeAll(state.tensors);
    state = next.state;
  }
  const weights = await engine.download(weightsOf(state));
  check(allFinite(weights), `${where}: The weights are not finite after ${STEPS} steps of training.`);
  await attempt(`${where}: Reading the values of meta`, () => readAll(engine, source.meta));
  disposeAll(source.meta);
  disposeAll(state.tensors);
  await trainer.dispose();
}

/** Values of the source are still there: nobody else frees them. */
async function readAll(engine: Engine, tensors: EngineTensors): Promise<void> {
  for (const tensor of Object.values(tensors)) await engine.download(tensor);
}

/** Whether two synthetic data hold the same numbers. */
export const sameSynthetic = (a: SyntheticData, b: SyntheticData): boolean =>
  same(a.latents, b.latents) && same(a.decoder, b.decoder) && same(a.weights, b.weights) && same(a.ids ?? [], b.ids ?? []);
