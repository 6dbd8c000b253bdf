/**
 * Distribution matching (Zhao and Bilen, 2023, "Dataset Condensation with Distribution Matching") as a Farzi plugin:
 * synthetic sequences are moved so that untrained learners see in them what they see in real ones. For sequences, that is
 * the hidden states of contexts, the embeddings of their targets, and which go together. Nothing is trained but the data.
 */
import {
  defineMetaOptimizer,
  definePlugin,
  disposeAll,
  downloadScalar,
  expressions as e,
  FarziError,
  gradients,
  Graph,
  initialParameters,
  latentPositions,
  program,
  realBatch,
  splitParameters,
  syntheticBatch,
} from '@farzi/core';

/** @typedef {import('@farzi/core').Node} Node */
/** @typedef {import('@farzi/core').DistillationContext} DistillationContext */

/**
 * Means of hidden states `[width]`, of target embeddings `[width]`, and of their products `[width, width]`.
 *
 * @param {Node} hidden - `[positions, width]`
 * @param {Node} targets - `[positions, width]`
 * @param {Node} weights - `[positions, 1]`
 */
function moments(hidden, targets, weights) {
  const counted = e.divide(weights, e.maximum(e.sum(weights), 1));
  const weighted = e.multiply(hidden, counted);
  return [e.sum(weighted, [0]), e.sum(e.multiply(targets, counted), [0]), e.matMul(weighted, targets, true)];
}

/** @param {import('@farzi/core').Predictions} predictions */
function factorsOf({ factors }) {
  if (factors !== undefined) return factors;
  throw new FarziError('FARZI_CONFIG_INVALID', 'Distribution matching looks at hidden states, which the model does not tell.', {
    hint: 'Add factors to the model, or take another meta-optimizer.',
  });
}

/**
 * Weights of a learner, synthetic data and two batches → how far what it sees in them is apart, and the derivative of that
 * with respect to the synthetic data.
 *
 * @param {DistillationContext} context
 * @param {{ synthetic: number, real: number }} batchSizes
 */
function matchingProgram({ model, data }, { synthetic, real }) {
  const { length, rank, vocabularySize, temperature, inputs } = data;
  const graph = new Graph();
  const weights = graph.input('weights', [model.layout.size]);
  const latents = graph.input('latents', [data.sequences, latentPositions(data), rank]);
  const decoder = graph.input('decoder', [rank, vocabularySize]);
  const indices = graph.input('indices', [synthetic], 'int32');
  const counts = graph.input('weights of targets', [synthetic, length]);
  const ids = inputs === 'hard' ? graph.input('ids', [synthetic, length], 'int32') : undefined;
  const realInputs = graph.input('real inputs', [real, length], 'int32');
  const realTargets = graph.input('real targets', [real, length], 'int32');
  const realCounts = graph.input('real weights', [real, length]);

  const parameters = splitParameters(model.layout, weights);
  const chosen = e.gather(latents, indices);
  /** @param {number} from - distributions of `length` positions, `[synthetic · length, vocabulary]` */
  const distributions = (from) => {
    const rows = e.reshape(e.slice(chosen, [0, from, 0], [synthetic, length, rank]), [synthetic * length, rank]);
    return e.softmax(e.divide(e.matMul(rows, decoder), temperature));
  };
  /** @type {import('@farzi/core').TokenNodes} */
  const tokens =
    ids === undefined
      ? { kind: 'soft', probabilities: e.reshape(distributions(0), [synthetic, length, vocabularySize]) }
      : { kind: 'hard', ids };
  const { hidden, table } = factorsOf(model.predictions(parameters, tokens));
  const targets = e.matMul(distributions(inputs === 'hard' ? 0 : 1), table);
  const found = moments(hidden, targets, e.reshape(counts, [synthetic * length, 1]));

  const { hidden: realHidden } = factorsOf(model.predictions(parameters, { kind: 'hard', ids: realInputs }));
  const realEmbeddings = e.gather(table, e.reshape(realTargets, [real * length]));
  const wanted = moments(realHidden, realEmbeddings, e.reshape(realCounts, [real * length, 1]));

  const total = found
    .map((each, index) => {
      const other = wanted[index] ?? each;
      // against what there is to match: the moments are of very different sizes
      return e.divide(e.sum(e.square(e.subtract(each, other))), e.add(e.sum(e.square(other)), 1e-12));
    })
    .reduce((sum, each) => e.add(sum, each));
  const [ofLatents, ofDecoder] = gradients(total, [latents, decoder]);
  const all = [weights, latents, decoder, indices, counts, ...(ids === undefined ? [] : [ids]), realInputs, realTargets, realCounts];
  return program('distribution matching', all, { total, latents: ofLatents, decoder: ofDecoder });
}

export const distributionMatching = defineMetaOptimizer({
  id: 'distribution-matching',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      realBatchSize: { type: 'integer', minimum: 1, default: 512, description: 'real sequences per outer step' },
    },
  },
  innerSteps: () => 0,
  create: async ({ realBatchSize }, context) => {
    const { engine, model, data, learner, train } = context;
    const synthetic = Math.min(learner.batchSize, data.sequences);
    const { length } = data;
    const matching = await engine.compile(matchingProgram(context, { synthetic, real: realBatchSize }));
    return {
      estimate: async (outerStep, values) => {
        const stream = context.stream.child('outer', outerStep);
        const batch = syntheticBatch(data, stream.child('synthetic').distinct(data.sequences, synthetic));
        const real = realBatch(train, { batchSize: realBatchSize, length }, stream.child('real'));
        const weights = initialParameters(model.layout, stream.child('learner'));
        const given = {
          weights: engine.upload(weights, [weights.length]),
          indices: engine.upload(batch.indices, [synthetic]),
          'weights of targets': engine.upload(batch.weights, [synthetic, length]),
          ...(batch.ids === undefined ? {} : { ids: engine.upload(batch.ids, [synthetic, length]) }),
          'real inputs': engine.upload(real.inputs, [realBatchSize, length]),
          'real targets': engine.upload(real.targets, [realBatchSize, length]),
          'real weights': engine.upload(real.weights, [realBatchSize, length]),
        };
        const outputs = await matching.run({ ...given, ...values }).finally(() => {
          disposeAll(given);
        });
        const { total, ...gradient } = outputs;
        const metaLoss = await downloadScalar(engine, total);
        total.dispose();
        // no learner is trained: there is no loss on the synthetic data
        return { metaLoss, innerLoss: metaLoss, gradient };
      },
      save: () => Promise.resolve({}),
      restore: () => undefined,
      dispose: () => matching.dispose(),
    };
  },
});

export default definePlugin({
  name: 'farzi-example-distribution-matching',
  core: '>=0.1.0 <1.0.0',
  metaOptimizers: [distributionMatching],
});
