import { NUMBER_BYTES, numbersHeld, type ProgramUse, useOf, type Work } from '../estimate/work.js';
import { syntheticProblem, syntheticSpecs } from '../synthetic/source.js';
import { realOuterProblem } from '../training/real.js';
import { outerProgram, reverseProgram, stepProgram, undoProgram } from '../unroll/programs.js';
import { requireUndo } from '../unroll/trajectories.js';
import type { ChosenTrajectory, FarziOptions } from './farzi-options.js';
import { meanStepProgram } from './gradient-mean.js';
import type { DistillationSizes } from './meta-optimizer.js';

/** Sizes that make a step on synthetic data smaller. */
const INNER_SIZES = ['distillation.learner.batchSize', 'maxLength', 'synthetic.rank', 'sizes of the model'] as const;

/** Sizes of latents and decoder, and so of their gradients. */
const GRADIENT_SIZES = ['synthetic.sequences', 'synthetic.rank', 'maxLength'] as const;

/** What the `farzi` meta-optimizer computes and keeps. */
export function farziWork(
  options: FarziOptions,
  { strategy, memoryBudget }: ChosenTrajectory,
  { model, data, learner, outerSteps, teacherMembers, sizes }: DistillationSizes,
): Work {
  const { optimizer, start, poolSize } = learner;
  const problem = syntheticProblem(model, data, sizes.bounded(Math.min(learner.batchSize, data.sequences)), learner.dropout);
  const outer = realOuterProblem(
    model,
    { batchSize: sizes.bounded(options.realBatchSize), length: data.length },
    { share: options.teacherShare, members: teacherMembers },
  );
  const { states, forward } = strategy.effort?.(options.steps) ?? { states: options.steps, forward: options.steps };
  const unrolls = outerSteps * options.trajectories;
  const state = (1 + optimizer.slots.length) * model.layout.size;
  const kept = NUMBER_BYTES * states * state;
  const pool = start === 'pool' ? poolSize * state : 0;
  const reverse = unrolls * options.steps;
  const undo: ProgramUse[] = strategy.needsUndo
    ? [useOf('an undone step', undoProgram(problem, optimizer, requireUndo(strategy, optimizer)), reverse, INNER_SIZES)]
    : [];
  const more = options.trajectories - 1;
  const mean = useOf('the mean of meta-gradients', meanStepProgram(syntheticSpecs(data)), outerSteps * more, GRADIENT_SIZES);
  return {
    programs: [
      useOf(
        'a step on synthetic data',
        stepProgram(problem, optimizer),
        unrolls * forward + plainSteps(options, learner, unrolls),
        INNER_SIZES,
      ),
      useOf('a reverse step', reverseProgram(problem, optimizer, options.adjoint), reverse, INNER_SIZES),
      useOf('the loss on real data', outerProgram(problem, outer), unrolls, [
        'distillation.metaOptimizer.realBatchSize',
        'maxLength',
        'sizes of the model',
      ]),
      ...undo,
      ...(more > 0 ? [mean] : []),
    ],
    held: [
      {
        what: 'states of the inner steps',
        bytes: Math.min(kept, Math.max(memoryBudget, NUMBER_BYTES * state)),
        sizes: ['distillation.metaOptimizer.steps', 'sizes of the model'],
        advice: 'Set distillation.metaOptimizer.trajectory to checkpointed, or give it a memoryBudget.',
      },
      numbersHeld('learners', pool, ['distillation.learner.poolSize', 'sizes of the model']),
      // waits while the next trajectory is differentiated
      { what: 'the sum of meta-gradients', bytes: more > 0 ? mean.cost.outputBytes : 0, sizes: GRADIENT_SIZES },
    ],
    scratchBytes: Math.max(0, kept - memoryBudget),
    savedBytes: NUMBER_BYTES * pool,
  };
}

/** Steps that learners take before they are differentiated: those of a pool at its beginning, or of each learner. */
function plainSteps({ unroll, steps }: FarziOptions, { start, poolSize, maxAge }: DistillationSizes['learner'], unrolls: number): number {
  if (start === 'pool') return Math.min(unrolls, poolSize) * (maxAge / 2);
  return unroll === 'window' ? (unrolls * Math.max(0, maxAge - steps)) / 2 : 0;
}
