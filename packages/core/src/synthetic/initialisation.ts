import type { Engine } from '../engine/engine.js';
import type { Model } from '../model/model.js';
import type { TracedModel } from '../model/traced-model.js';
import { type Configurable, configurable, type Configured } from '../options/configured.js';
import { noOptions, type OptionsSchema } from '../options/schema.js';
import type { RandomStream } from '../random/stream.js';
import { teacherSynthetic } from './factorisation.js';
import { randomSynthetic } from './random.js';
import type { SyntheticData, SyntheticShape } from './synthetic.js';
import { requireFactors, requireTeacher, type TeacherView } from './teacher-view.js';
import { sequenceWindows } from './windows.js';

/** What an initialisation works with. */
export interface InitialisationContext {
  readonly engine: Engine;
  /** The learner. */
  readonly model: TracedModel;
  readonly shape: SyntheticShape;
  /** Real training sequences. */
  readonly train: readonly Int32Array[];
  /** There for an initialisation that needs one. */
  readonly teacher: TeacherView | undefined;
  /** Settles every draw. */
  readonly stream: RandomStream;
}

/** Where synthetic data start. */
export interface InitialisationDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  /** Whether a teacher is to be trained on the full data first. */
  readonly needsTeacher: boolean;
  /** Refuses a learner that it cannot start from, before a teacher is trained. Throws FARZI_CONFIG_INVALID. */
  check?(options: Options, learner: Model): void;
  /** Makes latents and decoder (and for hard inputs the ids that are read) in the sizes of `context.shape`. */
  create(options: Options, context: InitialisationContext): Promise<SyntheticData>;
}

/** An initialisation with its options. */
export type ConfiguredInitialisation = Configured<InitialisationDefinition>;

/** Random latents and decoder; hard inputs are random windows. */
export const randomInitialisation: Configurable<InitialisationDefinition> = configurable({
  id: 'random',
  schema: noOptions,
  needsTeacher: false,
  create: (_options: unknown, { shape, train, stream }: InitialisationContext) =>
    Promise.resolve(randomSynthetic(shape, sequenceWindows(train, shape, stream.child('windows')), stream.child('synthetic'))),
});

/** A teacher's predictions on random windows, as well as the rank allows. */
export const teacherInitialisation: Configurable<InitialisationDefinition> = configurable({
  id: 'teacher',
  schema: noOptions,
  needsTeacher: true,
  check: (_options: unknown, learner: Model) => {
    requireFactors(learner, 'initialisation "teacher"', 'Use the initialisation "random"');
  },
  create: async (_options: unknown, { shape, train, teacher, stream }: InitialisationContext) => {
    const windows = sequenceWindows(train, shape, stream.child('windows'));
    return teacherSynthetic(shape, windows, await requireTeacher(teacher).factorsOf(windows));
  },
});
