import { outerProgram, type Program, realOuterProblem, reverseProgram, sizeOf, stepProgram } from '@farzi/core';
import type { Workload } from '../workload.js';

/** Floating-point operations of the matrix products of a program. */
function productFlops({ nodes }: Program): number {
  return nodes.reduce((total, { op, inputs: [a], attributes, shape }) => {
    if (op !== 'BatchMatMul') return total;
    const inner = a?.shape.at(attributes['transposeA'] === true ? -2 : -1) ?? 0;
    return total + 2 * sizeOf(shape) * inner;
  }, 0);
}

/** Matrix-product flops of plain training and of a meta-gradient, each of some steps. */
export function unrollFlops({ problem, optimizer, model, shape }: Workload, steps: number): { plain: number; meta: number } {
  const step = productFlops(stepProgram(problem, optimizer));
  const reverse = productFlops(reverseProgram(problem, optimizer, 'exact'));
  const outer = productFlops(outerProgram(problem, realOuterProblem(model, shape)));
  return { plain: steps * step, meta: steps * (step + reverse) + outer };
}
