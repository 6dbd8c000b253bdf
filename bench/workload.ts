import { type Command, Option } from 'commander';
import { wholeNumber } from '../packages/cli/src/option-values.js';
import type { Engine } from '../packages/core/src/engine/engine.js';
import { initialParameters } from '../packages/core/src/model/layout.js';
import { adam, type AdamOptions } from '../packages/core/src/optimizer/adam.js';
import type { Optimizer } from '../packages/core/src/optimizer/optimizer.js';
import { RandomStream } from '../packages/core/src/random/stream.js';
import { randomSynthetic } from '../packages/core/src/synthetic/initialise.js';
import { syntheticBatch, syntheticProblem, uploadSynthetic } from '../packages/core/src/synthetic/source.js';
import type { SyntheticData } from '../packages/core/src/synthetic/synthetic.js';
import { TracedModel } from '../packages/core/src/model/traced-model.js';
import { type RealBatchShape, realBatch } from '../packages/core/src/data/batches.js';
import type { Batch } from '../packages/core/src/unroll/learner.js';
import type { InnerProblem } from '../packages/core/src/unroll/problem.js';
import { sasrec } from '../packages/models-sasrec/src/index.js';
import { transformerLm } from '../packages/models-transformer-lm/src/index.js';

const defaults = {
  recommendation: { vocabulary: 1682, length: 50, batch: 50, width: 64, blocks: 2, rank: 16, inputs: 'soft' },
  language: { vocabulary: 10000, length: 35, batch: 20, width: 128, blocks: 2, rank: 64, inputs: 'hard' },
} as const;

const sizeOptions = {
  vocabulary: 'tokens or items there are',
  length: 'of a sequence',
  batch: 'sequences in a minibatch',
  width: 'of the model',
  blocks: 'of the model',
  rank: 'of the latents',
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

/** Adds the options that name a workload to a command: its values have a {@link WorkloadChoice} among them. */
export function withWorkload(command: Command): Command {
  command.addOption(new Option('--task <name>', 'which model').choices(Object.keys(defaults)).default('recommendation'));
  for (const [name, description] of Object.entries(sizeOptions)) {
    const usual = Object.values(defaults).map((sizes) => sizes[name as keyof typeof sizeOptions]);
    command.addOption(
      new Option(`--${name} <count>`, `${description} (default: ${usual.join(', for language ')})`).argParser(wholeNumber(1)),
    );
  }
  return command.addOption(
    new Option('--inputs <kind>', 'what synthetic inputs are (default: soft, for language hard)').choices(['soft', 'hard']),
  );
}

/** Sizes as they are given on a command line. */
export type WorkloadChoice = Pick<WorkloadSizes, 'task'> & Partial<WorkloadSizes>;

/** The workload that some options name; what is not given is that of the task. */
export function workloadSizes({ task, ...given }: WorkloadChoice): WorkloadSizes {
  const usual = defaults[task];
  const size = (name: keyof typeof sizeOptions): number => given[name] ?? usual[name];
  return {
    task,
    vocabulary: size('vocabulary'),
    length: size('length'),
    batch: size('batch'),
    width: size('width'),
    blocks: size('blocks'),
    rank: size('rank'),
    inputs: given.inputs ?? usual.inputs,
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
