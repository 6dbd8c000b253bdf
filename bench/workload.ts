import { type Command, Option } from 'commander';
import {
  adam,
  type AdamOptions,
  type Batch,
  buildModel,
  type ConfiguredModel,
  type Engine,
  initialParameters,
  type InnerProblem,
  type Optimizer,
  RandomStream,
  randomSynthetic,
  realBatch,
  type RealBatchShape,
  syntheticBatch,
  type SyntheticData,
  syntheticProblem,
  TracedModel,
  uploadSynthetic,
} from '@farzi/core';
import { sasrec } from '@farzi/models-sasrec';
import { transformerLm } from '@farzi/models-transformer-lm';
import { size } from './options.js';

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
    command.addOption(size(`--${name} <count>`, `${description} (default: ${usual.join(', for language ')})`));
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
  const sizeOf = (name: keyof typeof sizeOptions): number => given[name] ?? usual[name];
  return {
    task,
    vocabulary: sizeOf('vocabulary'),
    length: sizeOf('length'),
    batch: sizeOf('batch'),
    width: sizeOf('width'),
    blocks: sizeOf('blocks'),
    rank: sizeOf('rank'),
    inputs: given.inputs ?? usual.inputs,
  };
}

/** Distillation of random data by a model without dropout: SASRec, or for language the Transformer. */
export class Workload {
  readonly #stream = new RandomStream(1, 'bench');
  readonly configured: ConfiguredModel;
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
    this.heads = task === 'language' ? 2 : 1;
    const common = { blocks, heads: this.heads, dropout: 0 };
    this.configured = task === 'language' ? transformerLm({ ...common, width }) : sasrec({ ...common, hiddenSize: width });
    this.model = new TracedModel(buildModel(this.configured, { vocabularySize: vocabulary, maxLength: length }));
    this.sequences = Array.from({ length: 2 * batch }, (_, row) => {
      const stream = this.#stream.child('sequence', row);
      return Int32Array.from({ length: length + 1 }, () => stream.integer(vocabulary));
    });
    const windows = {
      ids: Int32Array.from(this.sequences.flatMap((sequence) => [...sequence.subarray(0, length)])),
      weights: new Float32Array(2 * batch * length).fill(1),
    };
    const shape = { sequences: 2 * batch, length, rank, vocabularySize: vocabulary, temperature: 1, matchingTemperature: 1, inputs };
    this.data = randomSynthetic(shape, windows, this.#stream.child('synthetic'));
    this.shape = { batchSize: batch, length };
    this.problem = syntheticProblem(this.model, this.data, batch, false);
  }

  weights(): Float32Array {
    return initialParameters(this.model.layout, this.#stream.child('weights'));
  }

  /** The minibatch of synthetic data of a step. */
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
