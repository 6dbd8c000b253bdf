import type { LabelledArm, LabelledModel, ResolvedExperiment } from '../config/resolve.js';
import { datasetValues } from '../data/dataset-values.js';
import { digestOf } from '../data/digest.js';
import type { Distillation } from '../distill/distill.js';
import { prefixed, withPrefix } from '../engine/saved-tensors.js';
import type { Job } from '../executor/job.js';
import { invariant } from '../errors.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import type { SavedTensor, SavedTensors } from '../storage/safetensors.js';
import type { ArmContext } from '../student/arm.js';
import { storedBytes } from '../synthetic/stored-bytes.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import type { Session } from './session.js';

/** The name of an input of a job. */
export function inputOf({ inputs }: Job, name: string): string {
  const input = inputs[name];
  invariant(input !== undefined, `A job has no input ${name}.`);
  return input;
}

/** What the dataset is called among the inputs of jobs: by all that it holds. */
export const datasetName = ({ fingerprint, dataset }: Pick<Session, 'fingerprint' | 'dataset'>): string =>
  fingerprint['data'] ?? digestOf(dataset);

/** The dataset, as an input of jobs: whoever does them elsewhere finds it in the store. */
export async function datasetInput({ dataset, store, experiment, ...session }: Session): Promise<string> {
  const name = datasetName({ dataset, ...session });
  if (experiment.executor.definition.remote) await store.putAs(name, datasetValues(dataset));
  return name;
}

/** What jobs about one student and one arm are made of. */
export interface StudentSettings {
  /** An experiment with this one student and arm. */
  readonly config: string;
  /** What results call the student: it settles its draws. */
  readonly label: string;
  /** Versions of what computes. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The settings of a student and an arm, as an input of jobs: nothing that has no say in the outcome is in it. */
export function studentSettings(
  { config, metrics: all }: ResolvedExperiment,
  model: LabelledModel,
  arm: LabelledArm,
  versions: StudentSettings['versions'],
  metrics: readonly { readonly key: string }[] = all,
): Checkpoint {
  const { task, seed, maxLength, dataset, training, fullTraining, evaluation } = config;
  const written = ({ definition, options }: LabelledModel | LabelledArm): unknown => ({ id: definition.id, ...(options as object) });
  const settings: StudentSettings = {
    config: JSON.stringify({
      ...{ task, seed, maxLength, dataset, model: config.model, students: [written(model)] },
      training: arm.definition.budget === 'fullTraining' ? { ...training, ...fullTraining } : training,
      evaluation: { ...evaluation, seeds: 1, arms: [written(arm)], metrics: metrics.map(({ key }) => key) },
    }),
    label: model.label,
    versions,
  };
  return { tensors: {}, state: settings };
}

const vector = <Values extends Float32Array | Int32Array>(values: Values): SavedTensor => ({ shape: [values.length], values });

/** A model's weights, as an input of jobs. */
export const weightsValues = (weights: Float32Array): Checkpoint => ({ tensors: { weights: vector(weights) }, state: {} });

/** What {@link weightsValues} was given. */
export const weightsFrom = ({ tensors }: Checkpoint): Float32Array => tensors['weights']?.values as Float32Array;

const DISTILLED = 'distilled.';
const INITIAL = 'initial.';

/** Synthetic data before and after distillation, as an input of jobs. */
export function distillationValues({ synthetic, initial }: Distillation): Checkpoint {
  const { sequences, length, rank, vocabularySize, temperature, inputs } = synthetic.data;
  const shape: SyntheticShape = { sequences, length, rank, vocabularySize, temperature, inputs };
  return {
    tensors: { ...prefixed(DISTILLED, arraysOf(synthetic.data)), ...prefixed(INITIAL, arraysOf(initial)) },
    state: { shape, bytes: storedBytes(synthetic).total },
  };
}

/** What {@link distillationValues} was given, as arms see it. */
export function distillationFrom({ tensors, state }: Checkpoint): ArmContext['synthetic'] {
  const { shape, bytes } = state as { readonly shape: SyntheticShape; readonly bytes: number };
  return { distilled: dataFrom(shape, withPrefix(DISTILLED, tensors)), initial: dataFrom(shape, withPrefix(INITIAL, tensors)), bytes };
}

const arraysOf = ({ latents, decoder, weights, ids }: SyntheticData): SavedTensors => ({
  latents: vector(latents),
  decoder: vector(decoder),
  weights: vector(weights),
  ...(ids === undefined ? {} : { ids: vector(ids) }),
});

const dataFrom = (shape: SyntheticShape, { latents, decoder, weights, ids }: SavedTensors): SyntheticData => ({
  ...shape,
  latents: latents?.values as Float32Array,
  decoder: decoder?.values as Float32Array,
  weights: weights?.values as Float32Array,
  ...(ids === undefined ? {} : { ids: ids.values as Int32Array }),
});
