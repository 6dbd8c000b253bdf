import {
  type Batch,
  encodeSafetensors,
  type EvaluationCase,
  latentPositions,
  RandomStream,
  realBatch,
  type SavedTensor,
  type SavedTensors,
} from '@farzi/core';
import { LEARNING_RATE } from '../unrolled.js';
import { adamOptions, Workload, type WorkloadSizes } from '../workload.js';

/** Everything that makes a comparison: whoever has it can rebuild all data. */
export interface ComparisonSettings {
  readonly sizes: WorkloadSizes;
  readonly steps: number;
  /** Sequences in a batch of training on real data, and in a batch that is ranked. */
  readonly trainingBatch: number;
  /** Rows and columns of the large matrices that are multiplied. */
  readonly product: number;
}

/** Real data to train on and to rank. */
export interface RealData {
  readonly sequences: readonly Int32Array[];
  readonly batch: Batch;
  readonly cases: readonly EvaluationCase[];
}

/** Random sequences: the last item of each is ranked, of a text every token but the first. */
export function realData({ sizes, trainingBatch }: ComparisonSettings): RealData {
  const { task, length, vocabulary } = sizes;
  const stream = new RandomStream(1, 'compare');
  const sequences = Array.from({ length: trainingBatch }, (_, row) => {
    const tokens = stream.child('sequence', row);
    return Int32Array.from({ length: length + 1 }, () => tokens.integer(vocabulary));
  });
  return {
    sequences,
    batch: realBatch(sequences, { batchSize: trainingBatch, length }, stream.child('batch')),
    cases: sequences.map((tokens) => ({ tokens, firstTarget: task === 'language' ? 1 : length })),
  };
}

/** The ranked sequences as rows of one batch: inputs, which of their positions count, and what follows there. */
function rankedBatch({ cases }: RealData, { sizes: { length }, trainingBatch }: ComparisonSettings): SavedTensors {
  const rows = cases.flatMap(({ tokens, firstTarget }, row) =>
    [...tokens.subarray(firstTarget)].map((target, index) => ({ target, position: row * length + firstTarget - 1 + index })),
  );
  const ids = Int32Array.from(cases.flatMap(({ tokens }) => [...tokens.subarray(0, length)]));
  return {
    'ranking.ids': { shape: [trainingBatch, length], values: ids },
    'ranking.positions': { shape: [rows.length], values: Int32Array.from(rows, ({ position }) => position) },
    'ranking.targets': { shape: [rows.length], values: Int32Array.from(rows, ({ target }) => target) },
  };
}

/** One array of a batch for every step: `[steps, ...shape]`. */
function stacked(batches: readonly Batch[], name: string, shape: readonly number[]): SavedTensor {
  return { shape: [batches.length, ...shape], values: Int32Array.from(batches.flatMap((batch) => [...(batch[name] ?? [])])) };
}

/**
 * The file that peers read: a safetensors file of all arrays, with settings and the layout of the weights among its
 * metadata. Every position of every batch counts.
 */
export function exchangeFile(settings: ComparisonSettings): Uint8Array {
  const { sizes, steps, trainingBatch } = settings;
  const { batch, length } = sizes;
  const workload = new Workload(sizes);
  const { data, model } = workload;
  const batches = Array.from({ length: steps }, (_, index) => workload.batchAt(index));
  const real = realData(settings);
  const tokens = (from: Batch, name: string, rows: number): SavedTensor => ({ shape: [rows, length], values: from[name] as Int32Array });
  const outer = workload.realBatch();
  const tensors: SavedTensors = {
    weights: { shape: [model.layout.size], values: workload.weights() },
    latents: { shape: [data.sequences, latentPositions(data), data.rank], values: data.latents },
    decoder: { shape: [data.rank, data.vocabularySize], values: data.decoder },
    indices: stacked(batches, 'indices', [batch]),
    ...(sizes.inputs === 'hard' ? { ids: stacked(batches, 'ids', [batch, length]) } : {}),
    'outer.inputs': tokens(outer, 'inputs', batch),
    'outer.targets': tokens(outer, 'targets', batch),
    'training.inputs': tokens(real.batch, 'inputs', trainingBatch),
    'training.targets': tokens(real.batch, 'targets', trainingBatch),
    ...rankedBatch(real, settings),
  };
  return encodeSafetensors(tensors, {
    settings: JSON.stringify({ ...settings, learningRate: LEARNING_RATE, adam: adamOptions, heads: workload.heads }),
    layout: JSON.stringify(model.layout.entries.map(({ path, shape }) => ({ path, shape }))),
  });
}
