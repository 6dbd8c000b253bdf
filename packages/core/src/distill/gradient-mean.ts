import type { Engine, EngineTensors, Executable } from '../engine/engine.js';
import { invariant } from '../errors.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import type { ArgumentSpecs } from '../program/record.js';
import { releasing } from '../unroll/learner.js';

const names = { sum: (key: string) => `sum.${key}`, next: (key: string) => `next.${key}`, divisor: 'divisor' } as const;

/** The sum of gradients and one more of them → their sum, divided. */
export function meanStepProgram(specs: ArgumentSpecs): Program {
  const graph = new Graph();
  const divisor = graph.input(names.divisor, []);
  const inputs: Node[] = [divisor];
  const outputs: Record<string, Node> = {};
  for (const [key, { shape }] of Object.entries(specs)) {
    const [sum, next] = [graph.input(names.sum(key), shape), graph.input(names.next(key), shape)];
    inputs.push(sum, next);
    outputs[key] = e.divide(e.add(sum, next), divisor);
  }
  return program('mean of meta-gradients', inputs, outputs);
}

const renamed = (tensors: EngineTensors, name: (key: string) => string): EngineTensors =>
  Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [name(key), tensor]));

/**
 * The mean of some gradients, `(g0 + g1 + ...) / count`. Sums of floating-point numbers depend on their order, and this
 * order is fixed: the mean has the same bits wherever and whenever each gradient was computed.
 */
export class GradientMean {
  private constructor(
    private readonly engine: Engine,
    private readonly count: number,
    private readonly step: Executable | undefined,
  ) {}

  /** @param count - of gradients; one is its own mean, and nothing is compiled for it */
  static async compile(engine: Engine, specs: ArgumentSpecs, count: number): Promise<GradientMean> {
    return new GradientMean(engine, count, count > 1 ? await engine.compile(meanStepProgram(specs)) : undefined);
  }

  /**
   * The mean; the caller's.
   *
   * @param gradientAt - asked one after the other; what it gives is used up, after an error too
   */
  async of(gradientAt: (index: number) => Promise<EngineTensors>): Promise<EngineTensors> {
    let sum = await gradientAt(0);
    for (let index = 1; index < this.count; index++) {
      // until the sum is whole it is divided by 1, which changes nothing
      const divisor = index === this.count - 1 ? this.count : 1;
      sum = await this.#add(sum, () => gradientAt(index), divisor);
    }
    return sum;
  }

  #add(sum: EngineTensors, gradient: () => Promise<EngineTensors>, divisor: number): Promise<EngineTensors> {
    const { engine, step } = this;
    invariant(step, 'There are several gradients, but no program adds them.');
    return releasing(sum, async () => {
      const next = await gradient();
      const given = { ...renamed(next, names.next), [names.divisor]: engine.upload(Float32Array.of(divisor), []) };
      return releasing(given, () => step.run({ ...renamed(sum, names.sum), ...given }));
    });
  }

  async dispose(): Promise<void> {
    await this.step?.dispose();
  }
}
