import type { ParseArgsConfig } from 'node:util';
import type { Engine } from '../packages/core/src/engine/engine.js';
import { initialParameters } from '../packages/core/src/model/layout.js';
import { adam, type AdamOptions } from '../packages/core/src/optimizer/adam.js';
import type { Optimizer } from '../packages/core/src/optimizer/optimizer.js';
import { RandomStream } from '../packages/core/src/random/stream.js';
import { randomSynthetic } from '../packages/core/src/synthetic/initialise.js';
import { syntheticBatch, syntheticProblem, uploadSynthetic } from '../packages/core/src/synthetic/source.js';
import type { SyntheticData } from '../packages/core/src/synthetic/synthetic.js';
import { TracedModel } from '../packages/core/src/training/objective.js';
import { type RealBatchShape, realBatch } from '../packages/core/src/training/real.js';
import type { Batch } from '../packages/core/src/unroll/learner.js';
import type { InnerProblem } from '../packages/core/src/unroll/problem.js';
import { sasrec } from '../packages/models-sasrec/src/index.js';
import { transformerLm } from '../packages/models-transformer-lm/src/index.js';

const defaults = {
  recommendation: { vocabulary: 1682, length: 50, batch: 50, width: 64, blocks: 2, rank: 16, inputs: 'soft' },
  language: { vocabulary: 10000, length: 35, batch: 20, width: 128, blocks: 2, rank: 64, inputs: 'hard' },
} as const;

/** Settings of every workload's optimizer. */
export const adamOptions: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0 };

/** Sizes of a workload. */
export interface WorkloadSizes {
  readonly task: 'recommendation' | 'language';
  readonly vocabulary: number;
  readonly length: number;
  readonly batch: number;
  readonly width: number;
  readonly blocks: number;
  readonly rank: number;
  readonly inputs: 'soft' | 'hard';
}

/** Options of a command that names a workload. */
export const workloadOptions = {
  task: { type: 'string', default: 'recommendation' },
  vocabulary: { type: 'string' },
  length: { type: 'string' },
  batch: { type: 'string' },
  width: { type: 'string' },
  blocks: { type: 'string' },
  rank: { type: 'string' },
  inputs: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The workload that some options name; what is not given is that of the task. */
export function workloadSizes(values: Readonly<Partial<Record<keyof typeof workloadOptions, string>>>): WorkloadSizes {
  const task = values.task === 'language' ? 'language' : 'recommendation';
  const known = defaults[task];
  const size = (name: Exclude<keyof WorkloadSizes, 'task' | 'inputs'>): number => Number(values[name] ?? known[name]);
  return {
    task,
    vocabulary: size('vocabulary'),
    length: size('length'),
    batch: size('batch'),
    width: size('width'),
    blocks: size('blocks'),
    rank: size('rank'),
    inputs: (values.inputs ?? known.inputs) === 'hard' ? 'hard' : 'soft',
  };
}

/** Distillation of random data by a model without dropout: SASRec, or for language the Transformer. */
export class Workload {
  readonly #stream = new RandomStream(1, 'bench');
  readonly model: TracedModel;
  readonly data: SyntheticData;
  readonly sequences: readonly Int32Array[];
  readonly optimizer: Optimizer = adam(adamOptions);
  readonly shape: RealBatchShape;
  readonly problem: InnerProblem;
  /** Attention heads. */
  readonly heads: number;

  constructor(readonly sizes: WorkloadSizes) {
    const { task, vocabulary, length, batch, width, blocks, rank, inputs } = sizes;
    const context = { vocabularySize: vocabulary, maxLength: length };
    this.heads = task === 'language' ? 2 : 1;
    const common = { blocks, heads: this.heads, dropout: 0, initialDeviation: 0.02 } as const;
    this.model = new TracedModel(
      task === 'language'
        ? transformerLm.create({ ...common, width, feedForwardFactor: 4, activation: 'gelu', positions: 'learned' }, context)
        : sasrec.create({ ...common, hiddenSize: width, normalisation: 'pre' }, context),
    );
    this.sequences = Array.from({ length: 2 * batch }, (_, row) => {
      const stream = this.#stream.child('sequence', row);
      return Int32Array.from({ length: length + 1 }, () => stream.integer(vocabulary));
    });
    const windows = {
      ids: Int32Array.from(this.sequences.flatMap((sequence) => [...sequence.subarray(0, length)])),
      weights: new Float32Array(2 * batch * length).fill(1),
    };
    const shape = { sequences: 2 * batch, length, rank, vocabularySize: vocabulary, temperature: 1, inputs };
    this.data = randomSynthetic(shape, windows, this.#stream.child('summary'));
    this.shape = { batchSize: batch, length };
    this.problem = syntheticProblem(this.model, this.data, batch, false);
  }

  weights(): Float32Array {
    return initialParameters(this.model.layout, this.#stream.child('weights'));
  }

  /** The summary's minibatch of a step. */
  batchAt(step: number): Batch {
    const { batch } = this.sizes;
    return syntheticBatch(this.data, this.#stream.child('step', step).distinct(2 * batch, batch));
  }

  /** A minibatch of real data. */
  realBatch(): Batch {
    return realBatch(this.sequences, this.shape, this.#stream.child('real'));
  }

  upload(engine: Engine): ReturnType<typeof uploadSynthetic> {
    return uploadSynthetic(engine, this.data);
  }
}
