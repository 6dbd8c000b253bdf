/**
 * Trajectory matching (Cazenavette et al., 2022, "Dataset Distillation by Matching Training Trajectories") as a Farzi
 * plugin: a learner starts where a training on the full data was at some time, is trained on synthetic data for a few
 * steps, and these are moved so that it ends nearer to where the training on the full data was some time later.
 */
import {
  defineMetaOptimizer,
  definePlugin,
  disposeAll,
  expressions as e,
  FarziError,
  joinParameters,
  startLearner,
  stored,
  syntheticBatch,
  syntheticProblem,
  Unroll,
} from '@farzi/core';

/**
 * Squared distance of a learner's weights to those of a batch, against the distance between these and where it started.
 *
 * @param {number} size - weights of the learner
 * @returns {import('@farzi/core').OuterProblem<'target' | 'norm'>}
 */
const nearness = (size) => ({
  batch: { target: { shape: [size] }, norm: { shape: [] } },
  loss: (parameters, { target, norm }) => e.divide(e.sum(e.square(e.subtract(joinParameters(parameters), target))), norm),
});

/** @param {Float32Array} one @param {Float32Array} other */
const squaredDistance = (one, other) => one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0);

/** @param {string} message @param {string} hint @returns {never} */
const refuse = (message, hint) => {
  throw new FarziError('FARZI_CONFIG_INVALID', message, { hint });
};

export const trajectoryMatching = defineMetaOptimizer({
  id: 'trajectory-matching',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      steps: { type: 'integer', minimum: 1, default: 20, description: 'steps on synthetic data' },
      ahead: { type: 'integer', minimum: 1, default: 1, description: 'snapshots by which the learner is to come further in them' },
      latest: {
        type: 'integer',
        minimum: 0,
        default: 4,
        description: 'last snapshot that learners start from: the weights of a training change little once it has learned',
      },
    },
  },
  innerSteps: ({ steps }) => steps,
  check: ({ ahead }, { snapshots }) => {
    if (snapshots <= ahead) {
      refuse(
        `Trajectory matching needs more snapshots of a training on the full data than it looks ahead (${ahead}), and there are ${snapshots}.`,
        'Set teacher.snapshots to 8, say.',
      );
    }
  },
  create: async ({ steps, ahead, latest }, context) => {
    const { engine, model, data, learner, snapshots } = context;
    const { optimizer, learningRate } = learner;
    const batchSize = Math.min(learner.batchSize, data.sequences);
    const { size } = model.layout;
    const problem = syntheticProblem(model, data, batchSize, false);
    const unroll = await Unroll.compile(engine, problem, nearness(size), optimizer, { trajectory: stored, adjoint: 'exact' });
    return {
      estimate: async (outerStep, values) => {
        const stream = context.stream.child('outer', outerStep);
        const from = stream.child('start').integer(Math.min(latest + 1, snapshots.length - ahead));
        const [first, target] = [snapshots[from], snapshots[from + ahead]];
        if (first === undefined || target === undefined) throw new Error('A snapshot is not there.');
        const start = startLearner(engine, optimizer, first);
        const result = await unroll
          .metaGradient({
            ...{ start, steps, learningRate, meta: values },
            batch: (step) => syntheticBatch(data, stream.child('inner', step).distinct(data.sequences, batchSize)),
            outerBatch: { target, norm: Float32Array.of(squaredDistance(first, target)) },
          })
          .finally(() => {
            disposeAll(start.tensors);
          });
        disposeAll(result.final.tensors);
        result.initialWeights.dispose();
        return { metaLoss: result.metaLoss, innerLoss: result.innerLosses.at(-1) ?? Number.NaN, gradient: result.meta };
      },
      // every outer step starts anew
      save: () => Promise.resolve({}),
      restore: () => undefined,
      dispose: () => unroll.dispose(),
    };
  },
});

export default definePlugin({
  name: 'farzi-example-trajectory-matching',
  core: '>=0.1.0 <1.0.0',
  metaOptimizers: [trajectoryMatching],
});
