import type { LabelledArm, LabelledModel, ResolvedExperiment } from '../config/resolve.js';
import { datasetValues } from '../data/dataset-values.js';
import { digestOf } from '../data/digest.js';
import type { Distillation } from '../distill/request.js';
import type { PartsBasis } from '../distill/elsewhere.js';
import { prefixed, withPrefix } from '../engine/saved-tensors.js';
import { type Job, jobId } from '../executor/job.js';
import { invariant } from '../errors.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import type { SavedTensor, SavedTensors } from '../storage/safetensors.js';
import type { ArmContext } from '../student/arm.js';
import { storedBytes } from '../synthetic/stored-bytes.js';
import { shapeOf, type SyntheticData, type SyntheticShape } from '../synthetic/synthetic.js';
import type { Session } from './session.js';

/** The name of an input of a job. */
export function inputOf({ inputs }: Job, name: string): string {
  const input = inputs[name];
  invariant(input !== undefined, `A job has no input ${name}.`);
  return input;
}

/** Begin of a job's id that its checkpoints are called by. */
const SHORT = 12;

/** What checkpoints of a job under way are called. */
export const shortId = (job: Job): string => jobId(job).slice(0, SHORT);

/** What the dataset is called among the inputs of jobs: by all that it holds. */
export const datasetName = ({ fingerprint, dataset }: Pick<Session, 'fingerprint' | 'dataset'>): string =>
  fingerprint['data'] ?? digestOf(dataset);

/** The dataset, as an input of jobs: whoever does them elsewhere finds it in the store. */
export async function datasetInput({ dataset, store, experiment, ...session }: Session): Promise<string> {
  const name = datasetName({ dataset, ...session });
  if (experiment.executor.definition.remote) await store.putAs(name, datasetValues(dataset));
  return name;
}

/** What jobs of any kind are made of, beside data and numbers. */
export interface JobSettings {
  /** An experiment with what the job is about. */
  readonly config: string;
  /** What results call a student, for jobs about one: it settles its draws. */
  readonly label?: string;
  /** Versions of what computes. */
  readonly versions: Readonly<Record<string, string>>;
}

const settings = (config: unknown, about: Omit<JobSettings, 'config'>): Checkpoint => ({
  tensors: {},
  state: { config: JSON.stringify(config), ...about } satisfies JobSettings,
});

const written = ({ definition, options }: LabelledModel | LabelledArm): unknown => ({ id: definition.id, ...(options as object) });

/** What all jobs depend on: nothing that has no say in their outcome. */
function common({ task, seed, maxLength, dataset, model, evaluation }: ResolvedExperiment['config'], metrics: readonly string[]) {
  const { arms: _arms, ...protocol } = evaluation;
  return { task, seed, maxLength, dataset, model, evaluation: { ...protocol, metrics, seeds: 1 } };
}

/** Settings of any member of the teacher, at any learning rate. */
export function teacherSettings({ config }: ResolvedExperiment, versions: JobSettings['versions']): Checkpoint {
  const { learningRate: _rate, members: _members, ...teacher } = config.teacher;
  return settings({ ...common(config, [config.evaluation.selection]), teacher }, { versions });
}

/** Settings of parts of the outer loop. */
export function distillationSettings({ config }: ResolvedExperiment, versions: JobSettings['versions']): Checkpoint {
  const { teacher, synthetic, distillation, training } = config;
  return settings({ ...common(config, [config.evaluation.selection]), teacher, synthetic, distillation, training }, { versions });
}

/** Settings of training a student on the data of an arm. */
export function studentSettings(
  { config, metrics }: ResolvedExperiment,
  model: LabelledModel,
  arm: LabelledArm,
  versions: JobSettings['versions'],
): Checkpoint {
  const { training, fullTraining } = config;
  const { evaluation, ...rest } = common(config, keysOf(metrics));
  return settings(
    {
      ...rest,
      students: [written(model)],
      training: arm.definition.budget === 'fullTraining' ? { ...training, ...fullTraining } : training,
      evaluation: { ...evaluation, arms: [written(arm)] },
    },
    { label: model.label, versions },
  );
}

/** Settings of evaluating a student, whatever it was trained on. */
export function evaluationSettings(
  { config }: ResolvedExperiment,
  model: LabelledModel,
  versions: JobSettings['versions'],
  metrics: readonly { readonly key: string }[],
): Checkpoint {
  return settings({ ...common(config, keysOf(metrics)), students: [written(model)] }, { versions });
}

const keysOf = (metrics: readonly { readonly key: string }[]): string[] => metrics.map(({ key }) => key);

const vector = <Values extends Float32Array | Int32Array>(values: Values): SavedTensor => ({ shape: [values.length], values });

/** What a metric says of each test case, as an output of jobs. */
export const casesValues = (ofCases: Float32Array): SavedTensors => ({ cases: vector(ofCases) });

/** What {@link casesValues} was given. */
export const casesFrom = ({ tensors: { cases } }: Checkpoint): Float32Array => cases?.values as Float32Array;

/** A model's weights, as an input of jobs. */
export const weightsValues = (weights: Float32Array): Checkpoint => ({ tensors: { weights: vector(weights) }, state: {} });

/** What {@link weightsValues} was given. */
export const weightsFrom = ({ tensors }: Checkpoint): Float32Array => tensors['weights']?.values as Float32Array;

const DISTILLED = 'distilled.';
const INITIAL = 'initial.';

/** Synthetic data before and after distillation, as an input of jobs. */
export function distillationValues({ synthetic, initial }: Distillation): Checkpoint {
  return {
    tensors: { ...prefixed(DISTILLED, arraysOf(synthetic.data)), ...prefixed(INITIAL, arraysOf(initial)) },
    state: { shape: shapeOf(synthetic.data), bytes: storedBytes(synthetic).total },
  };
}

/** What {@link distillationValues} was given, as arms see it. */
export function distillationFrom({ tensors, state }: Checkpoint): ArmContext['synthetic'] {
  const { shape, bytes } = state as { readonly shape: SyntheticShape; readonly bytes: number };
  return { distilled: dataFrom(shape, withPrefix(DISTILLED, tensors)), initial: dataFrom(shape, withPrefix(INITIAL, tensors)), bytes };
}

const BASIS = { initial: 'initial.', snapshot: 'snapshot.', teacher: 'teacher' } as const;

/** What parts of the outer loop have in common, as an input of jobs. */
export function basisValues({ initial, snapshots, teacher }: PartsBasis): Checkpoint {
  const along = Object.fromEntries(snapshots.map((weights, index) => [index, vector(weights)]));
  const asked = teacher === undefined ? {} : { [BASIS.teacher]: vector(teacher) };
  return {
    tensors: { ...prefixed(BASIS.initial, arraysOf(initial)), ...prefixed(BASIS.snapshot, along), ...asked },
    state: { shape: shapeOf(initial), snapshots: snapshots.length },
  };
}

/** What {@link basisValues} was given. */
export function basisFrom({ tensors, state }: Checkpoint): PartsBasis {
  const { shape, snapshots } = state as { readonly shape: SyntheticShape; readonly snapshots: number };
  return {
    initial: dataFrom(shape, withPrefix(BASIS.initial, tensors)),
    snapshots: Array.from({ length: snapshots }, (_, index) => tensors[`${BASIS.snapshot}${index}`]?.values as Float32Array),
    teacher: tensors[BASIS.teacher]?.values as Float32Array | undefined,
  };
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
