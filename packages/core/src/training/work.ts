import { numbersHeld, type ProgramUse, repeated, useOf, type Work } from '../estimate/work.js';
import type { InnerProblem } from '../unroll/problem.js';
import { stepProgram } from '../unroll/programs.js';
import { learningRatesOf } from './learning-rates.js';
import type { TrainingOptions } from './options.js';

/** Trainings from scratch whose cost is asked for. */
export interface PlannedTraining {
  /** As in `a step of the teacher`. */
  readonly what: string;
  readonly problem: InnerProblem;
  readonly training: TrainingOptions;
  /** Trainings, one after the other, at each of the learning rates. */
  readonly count: number;
  /** Keys of the configuration that make a step smaller. */
  readonly sizes: readonly string[];
  /** What validates once. */
  readonly validation: ProgramUse;
}

/** The states before and after a step, and the best one. */
const STATES = 3;

/** What trainings take, if none stops early. */
export function trainingWork({ what, problem, training, count, sizes, validation }: PlannedTraining): Work {
  const { maxSteps, evaluateEvery, optimizer } = training;
  const trainings = count * learningRatesOf(training).length;
  const state = (1 + optimizer.slots.length) * problem.layout.size;
  return {
    programs: [
      useOf(what, stepProgram(problem, optimizer), trainings * maxSteps, sizes),
      repeated(validation, trainings * Math.ceil(maxSteps / evaluateEvery)),
    ],
    held: [numbersHeld(`weights and optimizer of ${what}`, STATES * state, ['sizes of the model'])],
    scratchBytes: 0,
    savedBytes: 0,
  };
}
