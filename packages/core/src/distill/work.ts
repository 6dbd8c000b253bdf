import { type Estimate, estimateOf } from '../estimate/estimate.js';
import { memoryLimitOf, requireMemory } from '../estimate/limit.js';
import { type BoundedSizes, inStages } from '../estimate/stages.js';
import { NUMBER_BYTES, numbersHeld, type PhaseWork, type ProgramUse, together, useOf, type Work } from '../estimate/work.js';
import { scoringUse, type ValidationCriterion } from '../evaluation/validation.js';
import type { TracedModel } from '../model/traced-model.js';
import { memoryTaken } from '../platform/machine.js';
import { syntheticProblem, syntheticSpecs } from '../synthetic/source.js';
import { latentPositions, type SyntheticShape } from '../synthetic/synthetic.js';
import { learningRatesOf } from '../training/learning-rates.js';
import { realSource } from '../training/real.js';
import type { TrainingOptions } from '../training/options.js';
import { trainingWork } from '../training/work.js';
import type { TrajectoryLookup } from '../unroll/trajectories.js';
import type { DistillationOptions, TeacherOptions } from './options.js';
import { updateProgram } from './outer-update.js';

/** A distillation whose cost is asked for. */
export interface PlannedDistillation {
  /** The learner. */
  readonly model: TracedModel;
  readonly shape: SyntheticShape;
  /** Whether a teacher is trained. */
  readonly taught: boolean;
  readonly teacher: TeacherOptions;
  readonly options: DistillationOptions;
  /** Training of the students that validate. */
  readonly training: TrainingOptions;
  readonly criterion: ValidationCriterion;
  readonly trajectory: TrajectoryLookup;
  readonly sizes: BoundedSizes;
}

/** A distillation that may be estimated with bounded sizes. */
export interface DistillationToCheck extends Omit<PlannedDistillation, 'model' | 'sizes'> {
  /** The learner, for a length. */
  modelFor(maxLength: number): TracedModel;
  /** In MB; what there is by default. */
  readonly memoryLimit: number | undefined;
}

/**
 * Refuses a distillation before anything is allocated for it. Its programs are recorded.
 *
 * @throws FARZI_MEMORY_LIMIT
 */
export function requireMemoryFor({ modelFor, memoryLimit, shape, criterion, ...planned }: DistillationToCheck): void {
  const { protocol } = criterion;
  const limit = memoryLimitOf(memoryLimit);
  const at = (sizes: BoundedSizes): Estimate => {
    const length = sizes.bounded(shape.length);
    const bounded = { ...criterion, protocol: { ...protocol, length, batchSize: sizes.bounded(protocol.batchSize) } };
    const phases = distillationWork({ ...planned, sizes, model: modelFor(length), shape: { ...shape, length }, criterion: bounded });
    return estimateOf(phases, { baseBytes: memoryTaken() });
  };
  inStages(at, (estimate) => {
    requireMemory(estimate, limit);
  });
}

/** Title of the stretch that is the outer loop. */
export const DISTILLATION = 'distillation';

/** Copies of latents and decoder beside those that go into an outer step and come out of it. */
const INITIAL_AND_BEST = 2;

/** Numbers of latents and decoder. */
export const syntheticNumbers = (shape: SyntheticShape): number =>
  shape.rank * (shape.sequences * latentPositions(shape) + shape.vocabularySize);

/** What each stretch of a distillation takes. */
export function distillationWork(planned: PlannedDistillation): PhaseWork[] {
  const { model, criterion, taught } = planned;
  const { cases, metric, protocol } = criterion;
  // teacher and students are scored by the same program
  const validation = scoringUse('validation', model, protocol, cases, [metric]);
  return [
    ...(taught ? [{ title: 'teacher', ...teacherWork(planned, validation) }] : []),
    { title: DISTILLATION, ...outerLoopWork(planned, validation) },
  ];
}

function teacherWork({ model, shape, teacher, sizes }: PlannedDistillation, validation: ProgramUse): Work {
  const snapshots = Math.min(teacher.snapshots, Math.ceil(teacher.maxSteps / teacher.evaluateEvery));
  const work = trainingWork({
    what: 'a step of the teacher',
    problem: realSource(model, [], { batchSize: sizes.bounded(teacher.batchSize), length: shape.length }).problem,
    training: teacher,
    count: teacher.members,
    sizes: ['teacher.batchSize', 'maxLength', 'sizes of the model'],
    validation,
  });
  return { ...work, savedBytes: NUMBER_BYTES * (teacher.members + snapshots) * model.layout.size };
}

function outerLoopWork({ model, shape, teacher, options, training, trajectory, sizes }: PlannedDistillation, validation: ProgramUse): Work {
  const { metaOptimizer, learner, outerOptimizer, outerSteps, validateEvery, validationStudents, starts } = options;
  const numbers = syntheticNumbers(shape);
  const ofData = ['synthetic.sequences', 'synthetic.rank', 'maxLength'];
  const saved = NUMBER_BYTES * numbers * (2 + outerOptimizer.slots.length);
  const data: Work = {
    programs: [
      useOf(
        'an outer step',
        updateProgram(syntheticSpecs(shape), outerOptimizer, { penalised: options.ratePenalty > 0, averaged: options.averaging > 0 }),
        outerSteps,
        ofData,
      ),
    ],
    held: [
      numbersHeld('latents and decoder', INITIAL_AND_BEST * numbers, ofData),
      numbersHeld('the teacher and its snapshots', (teacher.members + teacher.snapshots) * model.layout.size, [
        'teacher.members',
        'teacher.snapshots',
      ]),
    ],
    scratchBytes: 0,
    savedBytes: saved,
  };
  if (outerSteps === 0) return { ...data, programs: [] };
  const own = metaOptimizer.definition.work?.(metaOptimizer.options as never, {
    model,
    data: shape,
    learner,
    outerSteps,
    teacherMembers: teacher.members,
    trajectory,
    sizes,
  });
  const inDetail = own === undefined ? [] : [own];
  // a checkpoint is put together in memory
  const bytes = together(data, ...inDetail).savedBytes;
  const checkpoint: Work = { programs: [], held: [{ what: 'a checkpoint', bytes, sizes: ofData }], scratchBytes: 0, savedBytes: 0 };
  const validations = Math.ceil(outerSteps / validateEvery) + 1;
  const judges = starts > 1 ? starts : 0;
  const rates = learningRatesOf(training);
  const students = trainingWork({
    what: 'a step of a student on synthetic data',
    problem: syntheticProblem(model, shape, sizes.bounded(Math.min(training.batchSize, shape.sequences)), true),
    // all but the first use the rate that it settled on
    training: { ...training, learningRate: rates[0] ?? 0 },
    count: validations * validationStudents + judges + rates.length - 1,
    sizes: ['training.batchSize', 'maxLength', 'synthetic.rank', 'sizes of the model'],
    validation,
  });
  return together(data, ...inDetail, checkpoint, students);
}
