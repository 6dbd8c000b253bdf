import type { RandomStream } from '../random/stream.js';
import type { Node } from '../program/graph.js';
import type { Batch } from '../unroll/learner.js';
import type { ArgumentSpecs, OuterProblem } from '../unroll/problem.js';
import { dropoutMasks } from './dropout.js';
import { dropoutSpecs, hardCrossEntropy, type TracedModel } from './objective.js';
import type { TrainingSource } from './source.js';

/** Shape of a batch of real sequences. */
export interface RealBatchShape {
  readonly batchSize: number;
  /** Inputs per sequence; longer sequences are cut to a random window, shorter ones padded on the right. */
  readonly length: number;
}

const specs = ({ batchSize, length }: RealBatchShape): ArgumentSpecs => ({
  inputs: { shape: [batchSize, length], dtype: 'int32' },
  targets: { shape: [batchSize, length], dtype: 'int32' },
  weights: { shape: [batchSize, length] },
});

/** A random batch of next-token prediction: distinct sequences while there are enough, a random window of each. */
export function realBatch(sequences: readonly Int32Array[], { batchSize, length }: RealBatchShape, stream: RandomStream): Batch {
  const inputs = new Int32Array(batchSize * length);
  const targets = new Int32Array(batchSize * length);
  const weights = new Float32Array(batchSize * length);
  const chosen = stream.distinct(sequences.length, batchSize);
  for (let row = 0; row < batchSize; row++) {
    const sequence = sequences[chosen[row % chosen.length] as number] as Int32Array;
    const spare = sequence.length - (length + 1);
    const from = spare > 0 ? stream.integer(spare + 1) : 0;
    const count = Math.min(length, sequence.length - 1 - from);
    inputs.set(sequence.subarray(from, from + count), row * length);
    targets.set(sequence.subarray(from + 1, from + 1 + count), row * length);
    weights.fill(1, row * length, row * length + count);
  }
  return { inputs, targets, weights };
}

/** Real sequences as training data. */
export function realSource(traced: TracedModel, sequences: readonly Int32Array[], shape: RealBatchShape): TrainingSource {
  const usable = sequences.filter((sequence) => sequence.length > 1);
  const sites = traced.dropoutSites(shape.batchSize, shape.length);
  return {
    meta: {},
    batch: (stream) => ({ ...realBatch(usable, shape, stream.child('batch')), ...dropoutMasks(sites, stream.child('dropout')) }),
    problem: {
      name: 'real data',
      layout: traced.layout,
      meta: {},
      batch: { ...specs(shape), ...dropoutSpecs(sites) },
      loss: (parameters, _meta, batch) => loss(traced, parameters, batch, true),
    },
  };
}

function loss(traced: TracedModel, parameters: readonly Node[], batch: Readonly<Record<string, Node>>, dropout: boolean): Node {
  const predictions = traced.predictions(parameters, { kind: 'hard', ids: batch['inputs'] as Node }, dropout ? batch : undefined);
  return hardCrossEntropy(predictions, batch['targets'] as Node, batch['weights'] as Node);
}

/** The loss on real data that distillation lowers, without dropout. */
export function realOuterProblem(traced: TracedModel, shape: RealBatchShape): OuterProblem {
  return { batch: specs(shape), loss: (parameters, batch) => loss(traced, parameters, batch, false) };
}
