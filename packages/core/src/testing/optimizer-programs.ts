import type { Engine } from '../engine/engine.js';
import type { AdjointVariant, Optimizer, OptimizerNodes, ReverseStep, StepScalars } from '../optimizer/optimizer.js';
import { adjointOf } from '../optimizer/adjoint.js';
import { Graph } from '../program/graph.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import { check } from './assert.js';
import { compiled, type Compiled } from './compiled.js';

/** Weights as `weights`, slots as `slot.name`; with more names beside them where a program takes more. */
export type OptimizerState = Readonly<Record<string, Float32Array>>;

/** An optimizer's functions as programs. */
export interface OptimizerPrograms {
  readonly optimizer: Optimizer;
  /** State, gradient and scalars → the state after the step. */
  readonly step: Compiled;
  /**
   * The same, the state after the step and cotangents of it → `variant.target` for each variant, and `derived.target`
   * from `update`.
   */
  readonly reverse: Compiled;
  /** The state AFTER a step, gradient and scalars → `undone.weights` and, stepped again, `redone.` state. */
  readonly undo: Compiled | undefined;
  dispose(): Promise<void>;
}

export const variants: readonly AdjointVariant[] = ['exact', 'paper', 'detached'];

/** Names of a state's vectors. */
export const stateNames = ({ slots }: Optimizer): string[] => ['weights', ...slots.map((slot) => `slot.${slot}`)];

/** What an adjoint gives derivatives with respect to. */
export const targetsOf = (optimizer: Optimizer): string[] => ['gradient', 'learningRate', ...stateNames(optimizer)];

/** Builds and compiles an optimizer's functions for vectors of a size. */
export async function compileOptimizer(engine: Engine, optimizer: Optimizer, size: number): Promise<OptimizerPrograms> {
  const builder = new Builder(optimizer, size);
  const [step, reverse] = [await compiled(engine, builder.step()), await compiled(engine, builder.reverse())];
  const undo = optimizer.undo === undefined ? undefined : await compiled(engine, builder.undo());
  return {
    ...{ optimizer, step, reverse, undo },
    async dispose() {
      for (const each of [step, reverse, undo]) await each?.dispose();
    },
  };
}

class Builder {
  constructor(
    private readonly optimizer: Optimizer,
    private readonly size: number,
  ) {}

  step(): Program {
    const { state, gradient, scalars, all } = this.#inputs();
    return program('step', all, this.#named('', this.#checked('update', this.optimizer.update(state, gradient, scalars))));
  }

  reverse(): Program {
    const { state: before, gradient, scalars, all, graph } = this.#inputs();
    const [after, cotangents] = [this.#state(graph, 'after.'), this.#state(graph, 'cotangent.')];
    const step: Omit<ReverseStep, 'variant'> = { before, after, gradient, cotangents, scalars };
    const outputs = Object.assign(
      this.#targets(
        'derived',
        adjointOf((...given) => this.optimizer.update(...given)),
        { ...step, variant: 'exact' },
      ),
      ...variants.map((variant) => this.#targets(variant, (reversed) => this.optimizer.adjoint(reversed), { ...step, variant })),
    ) as Record<string, Node>;
    return program('reverse step', [...all, ...flat(after), ...flat(cotangents)], outputs);
  }

  undo(): Program {
    const { optimizer } = this;
    const { state: after, gradient, scalars, all } = this.#inputs();
    const weights = optimizer.undo?.weights(after, scalars) as Node;
    const slots = optimizer.undo?.slots(after, weights, gradient) as readonly Node[];
    const before = this.#checked('undo', { weights, slots });
    return program('undo step', all, {
      'undone.weights': weights,
      ...this.#named('redone.', optimizer.update(before, gradient, scalars)),
    });
  }

  #inputs(): { graph: Graph; state: OptimizerNodes; gradient: Node; scalars: StepScalars; all: Node[] } {
    const graph = new Graph();
    const [state, gradient] = [this.#state(graph, ''), graph.input('gradient', [this.size])];
    const names = Object.keys(this.optimizer.schedule(1));
    const schedule = Object.fromEntries(names.map((name) => [name, graph.input(`schedule.${name}`, [])]));
    const learningRate = graph.input('learningRate', []);
    const all = [...flat(state), gradient, learningRate, ...Object.values(schedule)];
    return { graph, state, gradient, scalars: { learningRate, schedule }, all };
  }

  #state(graph: Graph, prefix: string): OptimizerNodes {
    const [weights, ...slots] = stateNames(this.optimizer).map((name) => graph.input(prefix + name, [this.size])) as [Node, ...Node[]];
    return { weights, slots };
  }

  #named(prefix: string, state: OptimizerNodes): Record<string, Node> {
    return Object.fromEntries(stateNames(this.optimizer).map((name, index) => [prefix + name, flat(state)[index] as Node]));
  }

  #targets(prefix: string, adjoint: Optimizer['adjoint'], step: ReverseStep): Record<string, Node> {
    const { before, gradient, learningRate } = adjoint(step);
    this.#checked(`adjoint (${prefix})`, before);
    this.#shape(`adjoint (${prefix})`, 'the gradient', gradient, [this.size]);
    this.#shape(`adjoint (${prefix})`, 'the learning rate', learningRate, []);
    const nodes = [gradient, learningRate, ...flat(before)];
    return Object.fromEntries(targetsOf(this.optimizer).map((target, index) => [`${prefix}.${target}`, nodes[index] as Node]));
  }

  /** Refuses a state of another form. */
  #checked(what: string, state: OptimizerNodes): OptimizerNodes {
    const { id, slots } = this.optimizer;
    check(state.slots.length === slots.length, `${id}: The function ${what} gives ${state.slots.length} slots, not ${slots.length}.`);
    flat(state).forEach((node, index) => {
      this.#shape(what, stateNames(this.optimizer)[index] as string, node, [this.size]);
    });
    return state;
  }

  #shape(what: string, name: string, { shape, dtype }: Node, wanted: readonly number[]): void {
    check(
      dtype === 'float32' && shape.join() === wanted.join(),
      `${this.optimizer.id}: The function ${what} gives ${name} as ${dtype} [${shape.join(', ')}], not float32 [${wanted.join(', ')}].`,
    );
  }
}

const flat = ({ weights, slots }: OptimizerNodes): Node[] => [weights, ...slots];
