import { disposeAll, downloadScalar, type Engine, type EngineTensor, type EngineTensors, type Executable } from '../engine/engine.js';
import { adam } from '../optimizer/adam.js';
import * as e from '../program/expressions.js';
import { Graph, type Node, program, type Program } from '../program/graph.js';
import type { ArgumentSpecs } from '../program/record.js';

/** Settings of the outer optimizer, Adam with a rate for each learned value. */
export interface OuterUpdateOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Largest norm of a meta-gradient; larger ones are scaled down to it. */
  readonly clip: number;
}

/** Adam's epsilon for the outer optimizer: meta-gradients are small. */
const EPSILON = 1e-8;

function normProgram(specs: ArgumentSpecs): Program {
  const graph = new Graph();
  const gradients = Object.entries(specs).map(([key, { shape }]) => graph.input(key, shape));
  const total = gradients.map((gradient) => e.sum(e.square(gradient))).reduce((sum, each) => e.add(sum, each));
  return program('meta-gradient norm', gradients, { norm: e.sqrt(total) });
}

/** Moves every value along its clipped gradient. Slots are `value.slot`. */
function updateProgram(specs: ArgumentSpecs, options: OuterUpdateOptions): Program {
  const optimizer = adam({ ...options, epsilon: EPSILON, weightDecay: 0 });
  const graph = new Graph();
  const factor = graph.input('factor', []);
  const schedule = Object.fromEntries(Object.keys(optimizer.schedule(1)).map((key) => [key, graph.input(key, [])]));
  const inputs: Node[] = [factor, ...Object.values(schedule)];
  const outputs: Record<string, Node> = {};
  for (const [key, { shape }] of Object.entries(specs)) {
    const value = graph.input(key, shape);
    const gradient = graph.input(`gradient.${key}`, shape);
    const learningRate = graph.input(`learningRate.${key}`, []);
    const slots = optimizer.slots.map((slot) => graph.input(`${key}.${slot}`, shape));
    inputs.push(value, gradient, learningRate, ...slots);
    const after = optimizer.update({ weights: value, slots }, e.multiply(factor, gradient), { learningRate, schedule });
    outputs[key] = after.weights;
    optimizer.slots.forEach((slot, index) => (outputs[`${key}.${slot}`] = after.slots[index] as Node));
  }
  return program('outer update', inputs, outputs);
}

/** The outer optimizer: values with their slots in, values with their slots out. */
export class OuterUpdate {
  private constructor(
    private readonly engine: Engine,
    private readonly options: OuterUpdateOptions,
    private readonly executables: { readonly norm: Executable; readonly update: Executable },
  ) {}

  static async compile(engine: Engine, specs: ArgumentSpecs, options: OuterUpdateOptions): Promise<OuterUpdate> {
    return new OuterUpdate(engine, options, {
      norm: await engine.compile(normProgram(specs)),
      update: await engine.compile(updateProgram(specs, options)),
    });
  }

  /** Names of the slots of a value. */
  static slots(key: string): string[] {
    return adam({ beta1: 0, beta2: 0, epsilon: EPSILON, weightDecay: 0 }).slots.map((slot) => `${key}.${slot}`);
  }

  /** Norm of all gradients together. */
  async norm(gradient: EngineTensors): Promise<number> {
    const outputs = await this.executables.norm.run(gradient);
    const norm = await downloadScalar(this.engine, outputs['norm'] as EngineTensor);
    disposeAll(outputs);
    return norm;
  }

  /**
   * One outer step.
   *
   * @param state - values and slots; stays the caller's
   * @param norm - of the gradient, to clip by
   * @param step - from 1
   */
  async apply(
    state: EngineTensors,
    gradient: EngineTensors,
    norm: number,
    step: number,
    rates: Readonly<Record<string, number>>,
  ): Promise<EngineTensors> {
    const scalar = (value: number): EngineTensor => this.engine.upload(Float32Array.of(value), []);
    const { beta1, beta2 } = this.options;
    const scalars: Record<string, EngineTensor> = { factor: scalar(Math.min(1, this.options.clip / Math.max(norm, Number.MIN_VALUE))) };
    for (const [key, value] of Object.entries(adam({ beta1, beta2, epsilon: EPSILON, weightDecay: 0 }).schedule(step)))
      scalars[key] = scalar(value);
    for (const [key, rate] of Object.entries(rates)) scalars[`learningRate.${key}`] = scalar(rate);
    const gradients = Object.fromEntries(Object.entries(gradient).map(([key, tensor]) => [`gradient.${key}`, tensor]));
    const next = await this.executables.update.run({ ...state, ...scalars, ...gradients });
    disposeAll(scalars);
    return next;
  }

  async dispose(): Promise<void> {
    await this.executables.norm.dispose();
    await this.executables.update.dispose();
  }
}
