import { disposeAll, downloadScalar, type Engine, type EngineTensor, type EngineTensors, type Executable } from '../engine/engine.js';
import { prefixed } from '../engine/saved-tensors.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import type { ArgumentSpecs } from '../program/record.js';

function normProgram(specs: ArgumentSpecs): Program<'norm'> {
  const graph = new Graph();
  const gradients = Object.entries(specs).map(([key, { shape }]) => graph.input(key, shape));
  const total = gradients.map((gradient) => e.sum(e.square(gradient))).reduce((sum, each) => e.add(sum, each));
  return program('meta-gradient norm', gradients, { norm: e.sqrt(total) });
}

/** What an outer step does besides moving values along their gradients. */
export interface OuterUpdateExtras {
  /** Steps are given a penalty's gradient as well. */
  readonly penalised?: boolean;
  /** Moving averages of values go along, as `average.value`. */
  readonly averaged?: boolean;
}

const AVERAGE = 'average.';

/** The outer step: moves every value along its clipped gradient, and that of a penalty. Slots are `value.slot`. */
export function updateProgram(
  specs: ArgumentSpecs,
  optimizer: Optimizer,
  { penalised = false, averaged = false }: OuterUpdateExtras,
): Program {
  const graph = new Graph();
  const factor = graph.input('factor', []);
  const schedule = Object.fromEntries(Object.keys(optimizer.schedule(1)).map((key) => [key, graph.input(key, [])]));
  const inputs: Node[] = [factor, ...Object.values(schedule)];
  const decay = averaged ? graph.input('decay', []) : undefined;
  if (decay !== undefined) inputs.push(decay);
  const outputs: Record<string, Node> = {};
  for (const [key, { shape }] of Object.entries(specs)) {
    const value = graph.input(key, shape);
    const gradient = graph.input(`gradient.${key}`, shape);
    const learningRate = graph.input(`learningRate.${key}`, []);
    const slots = optimizer.slots.map((slot) => graph.input(`${key}.${slot}`, shape));
    inputs.push(value, gradient, learningRate, ...slots);
    let slope = e.multiply(factor, gradient);
    if (penalised) {
      const penalty = graph.input(`penalty.${key}`, shape);
      inputs.push(penalty);
      slope = e.add(slope, penalty);
    }
    const after = optimizer.update({ weights: value, slots }, slope, { learningRate, schedule });
    outputs[key] = after.weights;
    optimizer.slots.forEach((slot, index) => (outputs[`${key}.${slot}`] = after.slots[index] as Node));
    if (decay !== undefined) {
      const average = graph.input(AVERAGE + key, shape);
      inputs.push(average);
      outputs[AVERAGE + key] = e.add(after.weights, e.multiply(decay, e.subtract(average, after.weights)));
    }
  }
  return program('outer update', inputs, outputs);
}

/** The outer optimizer: values with their slots in, values with their slots out. */
export class OuterUpdate {
  private constructor(
    private readonly engine: Engine,
    private readonly specs: ArgumentSpecs,
    private readonly optimizer: Optimizer,
    private readonly averaging: number,
    private readonly executables: { readonly norm: Executable<'norm'>; readonly update: Executable },
  ) {}

  /**
   * @param penalised - whether steps are given a penalty's gradient as well
   * @param averaging - largest decay of the moving averages of values; 0: without them
   */
  static async compile(
    engine: Engine,
    specs: ArgumentSpecs,
    optimizer: Optimizer,
    penalised: boolean,
    averaging = 0,
  ): Promise<OuterUpdate> {
    return new OuterUpdate(engine, specs, optimizer, averaging, {
      norm: await engine.compile(normProgram(specs)),
      update: await engine.compile(updateProgram(specs, optimizer, { penalised, averaged: averaging > 0 })),
    });
  }

  /** Values as a distillation begins with them: with slots of zeros, and as their own averages. */
  begin(values: Readonly<Record<string, Float32Array>>): EngineTensors {
    const entries = Object.entries(this.specs).flatMap(([key, { shape }]) => {
      const numbers = values[key] as Float32Array;
      const upload = (name: string, array = numbers) => [name, this.engine.upload(array, shape)] as const;
      return [
        upload(key),
        ...this.optimizer.slots.map((slot) => upload(`${key}.${slot}`, new Float32Array(numbers.length))),
        ...(this.averaging > 0 ? [upload(AVERAGE + key)] : []),
      ];
    });
    return Object.fromEntries(entries);
  }

  /** A value of a state, or where averages go along its average. */
  averageOf(state: EngineTensors, key: string): EngineTensor {
    return state[this.averaging > 0 ? AVERAGE + key : key] as EngineTensor;
  }

  /** Norm of all gradients together. */
  async norm(gradient: EngineTensors): Promise<number> {
    const outputs = await this.executables.norm.run(gradient);
    const norm = await downloadScalar(this.engine, outputs.norm);
    disposeAll(outputs);
    return norm;
  }

  /**
   * One outer step.
   *
   * @param state - values and slots; stays the caller's
   * @param factor - what the gradient is multiplied with
   * @param step - from 1
   * @param penalty - a penalty's gradient by value, where one is counted with
   */
  async apply(
    state: EngineTensors,
    gradient: EngineTensors,
    factor: number,
    step: number,
    rates: Readonly<Record<string, number>>,
    penalty: EngineTensors = {},
  ): Promise<EngineTensors> {
    const scalar = (value: number): EngineTensor => this.engine.upload(Float32Array.of(value), []);
    const scalars: Record<string, EngineTensor> = { factor: scalar(factor) };
    for (const [key, value] of Object.entries(this.optimizer.schedule(step))) scalars[key] = scalar(value);
    // short at first, so that the start is soon forgotten
    if (this.averaging > 0) scalars['decay'] = scalar(Math.min(this.averaging, step / (step + 9)));
    for (const [key, rate] of Object.entries(rates)) scalars[`learningRate.${key}`] = scalar(rate);
    const gradients = { ...prefixed('gradient.', gradient), ...prefixed('penalty.', penalty) };
    const next = await this.executables.update.run({ ...state, ...scalars, ...gradients });
    disposeAll(scalars);
    return next;
  }

  async dispose(): Promise<void> {
    await this.executables.norm.dispose();
    await this.executables.update.dispose();
  }
}
