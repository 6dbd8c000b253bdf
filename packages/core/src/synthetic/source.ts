import { takeRows } from '../data/batches.js';
import type { Engine, EngineTensor, EngineTensors } from '../engine/engine.js';
import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import { dropoutMasks } from '../model/dropout.js';
import { factoredCrossEntropy, softCrossEntropy } from '../model/cross-entropy.js';
import { dropoutSpecs, type TokenNodes, type TracedModel } from '../model/traced-model.js';
import type { TrainingSource } from '../unroll/source.js';
import type { Batch } from '../unroll/learner.js';
import type { InnerProblem } from '../unroll/problem.js';
import { decode } from './decode.js';
import { latentPositions, shapeOf, type SyntheticData, type SyntheticShape } from './synthetic.js';

/** Shapes of latents and decoder. */
export const syntheticSpecs = (shape: SyntheticShape) => ({
  latents: { shape: [shape.sequences, latentPositions(shape), shape.rank] },
  decoder: { shape: [shape.rank, shape.vocabularySize] },
});

/** Latents and decoder as values of an engine. */
export type SyntheticTensors = Readonly<Record<'latents' | 'decoder', EngineTensor>>;

/** Gives an engine the latents and the decoder of synthetic data. */
export function uploadSynthetic(engine: Engine, data: SyntheticData): SyntheticTensors {
  const { latents, decoder } = syntheticSpecs(data);
  return { latents: engine.upload(data.latents, latents.shape), decoder: engine.upload(data.decoder, decoder.shape) };
}

/** Training on decoded minibatches of synthetic data: the same problem for the same sizes. */
export function syntheticProblem(traced: TracedModel, data: SyntheticShape, batchSize: number, dropout: boolean): InnerProblem {
  const shape = shapeOf(data);
  return traced.once(`synthetic data ${JSON.stringify([shape, batchSize, dropout])}`, () =>
    newSyntheticProblem(traced, shape, batchSize, dropout),
  );
}

function newSyntheticProblem(traced: TracedModel, shape: SyntheticShape, batchSize: number, dropout: boolean): InnerProblem {
  const { length, temperature, matchingTemperature, inputs, rank } = shape;
  const sites = dropout ? traced.dropoutSites(batchSize, length) : [];
  const positions = (latents: Node, from: number): Node => e.slice(latents, [0, from, 0], [batchSize, length, rank]);
  return {
    name: 'synthetic data',
    layout: traced.layout,
    meta: syntheticSpecs(shape),
    batch: {
      indices: { shape: [batchSize], dtype: 'int32' },
      weights: { shape: [batchSize, length] },
      ...(inputs === 'hard' ? { ids: { shape: [batchSize, length], dtype: 'int32' as const } } : {}),
      ...dropoutSpecs(sites),
    },
    loss: (parameters, meta, batch) => {
      const decoder = meta['decoder'] as Node;
      const latents = e.gather(meta['latents'] as Node, batch['indices'] as Node);
      // inputs and targets overlap in all but one position; cutting latents is cheaper than cutting (and padding back)
      // what they decode to
      const tokens: TokenNodes =
        inputs === 'hard'
          ? { kind: 'hard', ids: batch['ids'] as Node }
          : { kind: 'soft', probabilities: decode(positions(latents, 0), decoder, temperature) };
      const targets = inputs === 'hard' ? latents : positions(latents, 1);
      const weights = batch['weights'] as Node;
      const { logits, factors } = traced.predictions(parameters, tokens, dropout ? batch : undefined);
      const softened = (x: Node): Node => e.divide(x, matchingTemperature);
      const divisor = temperature * matchingTemperature;
      const loss =
        factors === undefined
          ? softCrossEntropy({ logits: softened(logits) }, decode(targets, decoder, divisor), weights)
          : factoredCrossEntropy({ ...factors, hidden: softened(factors.hidden) }, e.divide(targets, divisor), decoder, weights);
      // gradients of softened distributions are smaller by the square
      return e.multiply(loss, matchingTemperature ** 2);
    },
  };
}

/** A minibatch of synthetic data: which sequences, and what is fixed about them. */
export type SyntheticBatch = Batch & {
  /** `[batch]`. */
  readonly indices: Int32Array;
  /** Of targets, `[batch, length]`. */
  readonly weights: Float32Array;
  /** Hard inputs, `[batch, length]`. */
  readonly ids?: Int32Array;
};

/** The minibatch of some sequences. */
export function syntheticBatch(data: SyntheticData, chosen: readonly number[]): SyntheticBatch {
  const size = chosen.length * data.length;
  return {
    indices: Int32Array.from(chosen),
    weights: takeRows(data.weights, chosen, data.length, new Float32Array(size)),
    ...(data.ids === undefined ? {} : { ids: takeRows(data.ids, chosen, data.length, new Int32Array(size)) }),
  };
}

/** Synthetic data as training data for a student. `meta` holds its latents and decoder on the engine. */
export function syntheticSource(traced: TracedModel, data: SyntheticData, meta: EngineTensors, requestedBatch: number): TrainingSource {
  const batchSize = Math.min(requestedBatch, data.sequences);
  const sites = traced.dropoutSites(batchSize, data.length);
  return {
    meta,
    problem: syntheticProblem(traced, data, batchSize, true),
    batch: (stream) => ({
      ...syntheticBatch(data, stream.child('batch').distinct(data.sequences, batchSize)),
      ...dropoutMasks(sites, stream.child('dropout')),
    }),
  };
}
