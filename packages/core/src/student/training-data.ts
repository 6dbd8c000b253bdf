import type { Engine } from '../engine/engine.js';
import type { TracedModel } from '../model/traced-model.js';
import { syntheticSource, uploadSynthetic } from '../synthetic/source.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import { realSource } from '../training/real.js';
import type { TrainingSource } from '../unroll/source.js';

/** How a model's training reads its data. */
export interface SourceContext {
  readonly engine: Engine;
  readonly model: TracedModel;
  /** Sequences per step, at most. */
  readonly batchSize: number;
  /** Inputs per sequence. */
  readonly length: number;
}

/** What a student can be trained on. */
export type TrainingData =
  | { readonly kind: 'real'; readonly sequences: readonly Int32Array[] }
  | { readonly kind: 'synthetic'; readonly data: SyntheticData }
  /** Anything else that gives a loss and batches. */
  | { readonly kind: 'source'; create(context: SourceContext): TrainingSource | Promise<TrainingSource> };

/** Training data for one model. The values of `meta` are the caller's. */
export function sourceOf(data: TrainingData, context: SourceContext): TrainingSource | Promise<TrainingSource> {
  const { engine, model, batchSize, length } = context;
  switch (data.kind) {
    case 'real':
      return realSource(model, data.sequences, { batchSize: Math.min(batchSize, data.sequences.length), length });
    case 'synthetic':
      return syntheticSource(model, data.data, uploadSynthetic(engine, data.data), batchSize);
    case 'source':
      return data.create(context);
  }
}
