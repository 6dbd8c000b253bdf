import { costOf, outerProgram, realOuterProblem, reverseProgram, stepProgram } from '@farzi/core';
import type { Workload } from '../workload.js';

/** Matrix-product flops of plain training and of a meta-gradient, each of some steps. */
export function unrollFlops({ problem, optimizer, model, shape }: Workload, steps: number): { plain: number; meta: number } {
  const step = costOf(stepProgram(problem, optimizer)).productOperations;
  const reverse = costOf(reverseProgram(problem, optimizer, 'exact')).productOperations;
  const outer = costOf(outerProgram(problem, realOuterProblem(model, shape))).productOperations;
  return { plain: steps * step, meta: steps * (step + reverse) + outer };
}
