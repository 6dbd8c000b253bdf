import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import type { RandomStream } from '../random/stream.js';
import type { ArgumentSpecs } from '../program/record.js';
import { type RealBatch, realBatch, type RealBatchShape, takeRows } from '../data/batches.js';
import type { OuterProblem } from '../unroll/problem.js';
import type { TrainingSource } from '../unroll/source.js';
import { dropoutMasks } from '../model/dropout.js';
import { factoredCrossEntropy, hardCrossEntropy, softCrossEntropy } from '../model/cross-entropy.js';
import { ensembleOf } from '../model/ensemble.js';
import { splitParameters } from '../model/layout.js';
import { dropoutSpecs, type Predictions, type TracedModel } from '../model/traced-model.js';

const specs = ({ batchSize, length }: RealBatchShape): ArgumentSpecs => ({
  inputs: { shape: [batchSize, length], dtype: 'int32' },
  targets: { shape: [batchSize, length], dtype: 'int32' },
  weights: { shape: [batchSize, length] },
});

/** Real sequences as training data. */
export function realSource(traced: TracedModel, sequences: readonly Int32Array[], shape: RealBatchShape): TrainingSource {
  const usable = sequences.filter((sequence) => sequence.length > 1);
  return hardSource(traced, shape, (stream) => realBatch(usable, shape, stream));
}

/** Sequences of inputs with a target for each: `[count, length]`. Targets of weight 0 do not count. */
export interface LabelledSequences extends RealBatch {
  readonly count: number;
  readonly length: number;
}

/** Sequences whose targets need not be the next inputs as training data. */
export function labelledSource(traced: TracedModel, data: LabelledSequences, requestedBatch: number): TrainingSource {
  const { count, length } = data;
  const batchSize = Math.min(requestedBatch, count);
  return hardSource(traced, { batchSize, length }, (stream) => {
    const chosen = stream.distinct(count, batchSize);
    const size = batchSize * length;
    return {
      inputs: takeRows(data.inputs, chosen, length, new Int32Array(size)),
      targets: takeRows(data.targets, chosen, length, new Int32Array(size)),
      weights: takeRows(data.weights, chosen, length, new Float32Array(size)),
    };
  });
}

/** Training on hard inputs and targets. */
function hardSource(traced: TracedModel, shape: RealBatchShape, draw: (stream: RandomStream) => RealBatch): TrainingSource {
  const sites = traced.dropoutSites(shape.batchSize, shape.length);
  return {
    meta: {},
    batch: (stream) => ({ ...draw(stream.child('batch')), ...dropoutMasks(sites, stream.child('dropout')) }),
    // the same for the same sizes
    problem: traced.once(`real data ${shape.batchSize} x ${shape.length}`, () => ({
      name: 'real data',
      layout: traced.layout,
      meta: {},
      batch: { ...specs(shape), ...dropoutSpecs(sites) },
      loss: (parameters, _meta, batch) => loss(traced, parameters, batch, true),
    })),
  };
}

function loss(traced: TracedModel, parameters: readonly Node[], batch: Readonly<Record<string, Node>>, dropout: boolean): Node {
  const predictions = traced.predictions(parameters, { kind: 'hard', ids: batch['inputs'] as Node }, dropout ? batch : undefined);
  return hardCrossEntropy(predictions, batch['targets'] as Node, batch['weights'] as Node);
}

/** How much a teacher of so many members has to say. */
export interface TeacherShare {
  readonly members: number;
  /** Of the loss, from 0 to 1. */
  readonly share: number;
}

/**
 * The loss on real data that distillation lowers, without dropout: against the events that followed, and for a share of it
 * against what a teacher expects there. Its flat weights are then part of the batch, as `teacher`.
 */
export function realOuterProblem(traced: TracedModel, shape: RealBatchShape, teacher?: TeacherShare): OuterProblem {
  if (teacher === undefined || teacher.share === 0)
    return { batch: specs(shape), loss: (parameters, batch) => loss(traced, parameters, batch, false) };
  const { members, share } = teacher;
  const taught = ensembleOf(traced, members);
  return {
    batch: { ...specs(shape), teacher: { shape: [taught.layout.size] } },
    loss: (parameters, { inputs, targets, weights, teacher: flat }) => {
      const tokens = { kind: 'hard', ids: inputs as Node } as const;
      const predictions = traced.predictions(parameters, tokens);
      const expected = taught.predictions(splitParameters(taught.layout, flat as Node), tokens);
      const soft = crossEntropyWith(expected, predictions, weights as Node);
      if (share === 1) return soft;
      const hard = hardCrossEntropy(predictions, targets as Node, weights as Node);
      return e.add(e.multiply(soft, share), e.multiply(hard, 1 - share));
    },
  };
}

/** Cross-entropy against what another model predicts; `weights` are `[batch, length]`. */
function crossEntropyWith(expected: Predictions, predictions: Predictions, weights: Node): Node {
  const inSequences = (rows: Node): Node => e.reshape(rows, [...weights.shape, rows.shape[1] as number]);
  return predictions.factors === undefined || expected.factors === undefined
    ? softCrossEntropy(predictions, inSequences(e.softmax(expected.logits)), weights)
    : factoredCrossEntropy(predictions.factors, inSequences(expected.factors.hidden), e.transpose(expected.factors.table, [1, 0]), weights);
}
