/**
 * Gradient matching (Zhao et al., 2021, "Dataset Condensation with Gradient Matching") as a Farzi plugin: synthetic
 * data are moved so that the gradient that they give a learner points where the gradient of real data does. Nothing is
 * unrolled: learners are trained on synthetic data between outer steps.
 */
import {
  defineMetaOptimizer,
  definePlugin,
  disposeAll,
  downloadScalar,
  expressions as e,
  gradients,
  Graph,
  LearnerPool,
  program,
  realBatch,
  realOuterProblem,
  singleUse,
  splitParameters,
  syntheticBatch,
  syntheticProblem,
  Trainer,
  weightsOf,
} from '@farzi/core';

/** @typedef {import('@farzi/core').Node} Node */

/**
 * How far two gradients of one parameter are apart: 1 minus their cosine, or the square of their difference.
 *
 * @type {Record<'cosine' | 'squared', (a: Node, b: Node) => Node>}
 */
const distances = {
  cosine: (a, b) => {
    const norms = e.sqrt(e.multiply(e.sum(e.square(a)), e.sum(e.square(b))));
    return e.subtract(1, e.divide(e.sum(e.multiply(a, b)), e.add(norms, 1e-6)));
  },
  squared: (a, b) => e.sum(e.square(e.subtract(a, b))),
};

/**
 * Weights of a learner, synthetic data and two batches → how far the gradients are apart, and the derivative of that
 * with respect to the synthetic data.
 *
 * @param {import('@farzi/core').InnerProblem} synthetic
 * @param {import('@farzi/core').OuterProblem} real
 * @param {(a: Node, b: Node) => Node} distance
 */
function matchingProgram(synthetic, real, distance) {
  const graph = new Graph();
  /** @param {import('@farzi/core').ArgumentSpecs} specs @param {string} prefix */
  const inputs = (specs, prefix) =>
    Object.fromEntries(Object.entries(specs).map(([key, { shape, dtype }]) => [key, graph.input(prefix + key, shape, dtype)]));
  const weights = graph.input('weights', [synthetic.layout.size]);
  const [meta, syntheticInputs, realInputs] = [
    inputs(synthetic.meta, ''),
    inputs(synthetic.batch, 'synthetic.'),
    inputs(real.batch, 'real.'),
  ];
  const parameters = splitParameters(synthetic.layout, weights);
  const innerLoss = synthetic.loss(parameters, meta, syntheticInputs);
  const wanted = gradients(real.loss(parameters, realInputs), parameters);
  const total = gradients(innerLoss, parameters)
    .map((gradient, index) => distance(gradient, wanted[index] ?? gradient))
    .reduce((sum, each) => e.add(sum, each));
  const names = Object.keys(meta);
  const derivatives = gradients(total, Object.values(meta));
  return program('gradient matching', [weights, ...[meta, syntheticInputs, realInputs].flatMap((each) => Object.values(each))], {
    ...Object.fromEntries(derivatives.map((derivative, index) => [String(names[index]), derivative])),
    total,
    innerLoss,
  });
}

/**
 * A batch as values of an engine.
 *
 * @param {import('@farzi/core').Engine} engine
 * @param {import('@farzi/core').ArgumentSpecs} specs
 * @param {import('@farzi/core').Batch} batch
 * @param {string} prefix
 */
function upload(engine, specs, batch, prefix) {
  return Object.fromEntries(Object.entries(batch).map(([key, values]) => [prefix + key, engine.upload(values, specs[key]?.shape ?? [])]));
}

export const gradientMatching = defineMetaOptimizer({
  id: 'gradient-matching',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      distance: { enum: ['cosine', 'squared'], default: 'cosine', description: 'between the gradients of one parameter' },
      steps: {
        type: 'integer',
        minimum: 0,
        default: 10,
        description: 'steps that a learner is trained on synthetic data between outer steps',
      },
      realBatchSize: { type: 'integer', minimum: 1, default: 128, description: 'real sequences per outer step' },
    },
  },
  innerSteps: ({ steps }) => steps,
  create: async ({ distance, steps, realBatchSize }, context) => {
    const { engine, model, data, learner, snapshots, train } = context;
    const { optimizer, learningRate } = learner;
    const batchSize = Math.min(learner.batchSize, data.sequences);
    const synthetic = syntheticProblem(model, data, batchSize, false);
    const real = realOuterProblem(model, { batchSize: realBatchSize, length: data.length });
    const matching = await engine.compile(matchingProgram(synthetic, real, distances[distance]));
    const trainer = await Trainer.compile(engine, synthetic, optimizer);
    /** @param {import('@farzi/core').RandomStream} stream */
    const draw = (stream) => syntheticBatch(data, stream.distinct(data.sequences, batchSize));

    /** @type {import('@farzi/core').TrainPlainly} */
    const trainPlainly = async (start, count, stream, values) => {
      let state = start;
      for (let step = 0; step < count; step++) {
        const next = await trainer.advance(state, values, draw(stream.child(step)), learningRate);
        next.loss.dispose();
        disposeAll(state.tensors);
        state = next.state;
      }
      return state;
    };
    const supply = { engine, layout: model.layout, optimizer, snapshots, trainPlainly };
    const learners =
      learner.start === 'pool'
        ? new LearnerPool(supply, learner.poolSize, learner.maxAge)
        : singleUse(supply, learner.start, learner.maxAge);

    return {
      estimate: async (outerStep, values) => {
        const stream = context.stream.child('outer', outerStep);
        const [slot = 0] = learners.draw(1, stream.child('learner'));
        const state = await learners.take(slot, stream.child('learner'), values);
        const batches = {
          ...upload(engine, synthetic.batch, draw(stream.child('synthetic')), 'synthetic.'),
          ...upload(engine, real.batch, realBatch(train, { batchSize: realBatchSize, length: data.length }, stream.child('real')), 'real.'),
        };
        const outputs = await matching.run({ weights: weightsOf(state), ...values, ...batches });
        disposeAll(batches);
        learners.giveBack(slot, await trainPlainly(state, steps, stream.child('training'), values));
        const { total, innerLoss, ...gradient } = outputs;
        const [metaLoss, loss] = [await downloadScalar(engine, total), await downloadScalar(engine, innerLoss)];
        disposeAll({ total, innerLoss });
        return { metaLoss, innerLoss: loss, gradient };
      },
      save: () => learners.save(),
      restore: (saved) => learners.restore(saved),
      dispose: async () => {
        learners.dispose();
        await trainer.dispose();
        await matching.dispose();
      },
    };
  },
});

export default definePlugin({
  name: 'farzi-example-gradient-matching',
  core: '>=0.1.0 <1.0.0',
  metaOptimizers: [gradientMatching],
});
