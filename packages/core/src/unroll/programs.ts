import { joinParameters, splitParameters } from '../model/layout.js';
import type { AdjointVariant, Optimizer, OptimizerNodes, OptimizerUndo, StepScalars } from '../optimizer/optimizer.js';
import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import type { ArgumentSpecs, NamedNodes } from '../program/record.js';
import type { InnerProblem, OuterProblem } from './problem.js';

/** Prefixes keep the names of a program's inputs and outputs apart. */
export const names = {
  weights: 'weights',
  learningRate: 'learningRate',
  learningRateGradient: 'learningRateGradient',
  slot: (slot: string) => `slot.${slot}`,
  schedule: (key: string) => `schedule.${key}`,
  meta: (key: string) => `meta.${key}`,
  after: (key: string) => `after.${key}`,
  metaGradient: (key: string) => `metaGradient.${key}`,
  batch: (key: string) => `batch.${key}`,
  cotangent: (key: string) => `cotangent.${key}`,
} as const;

/** The inputs that a training step and its reverse share. */
interface StepInputs {
  readonly graph: Graph;
  readonly state: OptimizerNodes;
  readonly scalars: StepScalars;
  readonly meta: NamedNodes;
  readonly batch: NamedNodes;
  readonly all: readonly Node[];
}

function arguments_(graph: Graph, specs: ArgumentSpecs, name: (key: string) => string): Record<string, Node> {
  return Object.fromEntries(Object.entries(specs).map(([key, { shape, dtype }]) => [key, graph.input(name(key), shape, dtype)]));
}

function stateInputs(graph: Graph, size: number, optimizer: Optimizer, name: (key: string) => string = (key) => key): OptimizerNodes {
  return {
    weights: graph.input(name(names.weights), [size]),
    slots: optimizer.slots.map((slot) => graph.input(name(names.slot(slot)), [size])),
  };
}

function stepInputs(problem: InnerProblem, optimizer: Optimizer): StepInputs {
  const graph = new Graph();
  const state = stateInputs(graph, problem.layout.size, optimizer);
  const schedule = Object.fromEntries(Object.keys(optimizer.schedule(1)).map((key) => [key, graph.input(names.schedule(key), [])]));
  const scalars = { learningRate: graph.input(names.learningRate, []), schedule };
  const meta = arguments_(graph, problem.meta, names.meta);
  const batch = arguments_(graph, problem.batch, names.batch);
  const all = [
    state.weights,
    ...state.slots,
    scalars.learningRate,
    ...Object.values(schedule),
    ...Object.values(meta),
    ...Object.values(batch),
  ];
  return { graph, state, scalars, meta, batch, all };
}

function stateOutputs(optimizer: Optimizer, state: OptimizerNodes, name: (key: string) => string = (key) => key): Record<string, Node> {
  return {
    [name(names.weights)]: state.weights,
    ...Object.fromEntries(optimizer.slots.map((slot, index) => [name(names.slot(slot)), state.slots[index] as Node])),
  };
}

interface LossGradient {
  readonly parameters: readonly Node[];
  readonly loss: Node;
  /** One node per parameter. */
  readonly parts: readonly Node[];
  /** The same, flat. */
  readonly flat: Node;
}

function lossGradient(problem: InnerProblem, { state, meta, batch }: Pick<StepInputs, 'state' | 'meta' | 'batch'>): LossGradient {
  const parameters = splitParameters(problem.layout, state.weights);
  const loss = problem.loss(parameters, meta, batch);
  const parts = gradients(loss, parameters);
  return { parameters, loss, parts, flat: joinParameters(parts) };
}

/** By problem and optimizer: trainings of one kind follow each other, and to record a program takes long. */
const steps = new WeakMap<InnerProblem, WeakMap<Optimizer, Program>>();

/** One training step: state, batch and meta values → the next state and the loss before the step. */
export function stepProgram(problem: InnerProblem, optimizer: Optimizer): Program {
  const ofProblem = steps.get(problem) ?? new WeakMap<Optimizer, Program>();
  steps.set(problem, ofProblem);
  const recorded = ofProblem.get(optimizer) ?? newStepProgram(problem, optimizer);
  ofProblem.set(optimizer, recorded);
  return recorded;
}

function newStepProgram(problem: InnerProblem, optimizer: Optimizer): Program {
  const inputs = stepInputs(problem, optimizer);
  const { loss, flat } = lossGradient(problem, inputs);
  const after = optimizer.update(inputs.state, flat, inputs.scalars);
  return program(`${problem.name} step`, inputs.all, { ...stateOutputs(optimizer, after), loss });
}

/**
 * The reverse of one training step: the states before and after it and cotangents of the state after it → cotangents of
 * the state before it, and what the step adds to the derivatives with respect to meta values and learning rate. One
 * Hessian-vector product gives the parts of the weights and of the meta values together; the gradient itself is in the
 * two states and not computed again.
 */
export function reverseProgram(problem: InnerProblem, optimizer: Optimizer, variant: AdjointVariant): Program {
  const inputs = stepInputs(problem, optimizer);
  const { graph, state, scalars, meta } = inputs;
  const after = stateInputs(graph, problem.layout.size, optimizer, names.after);
  const cotangents = stateInputs(graph, problem.layout.size, optimizer, names.cotangent);
  const soFar = arguments_(graph, problem.meta, names.metaGradient);
  const rateSoFar = graph.input(names.learningRateGradient, []);
  const { parameters, parts, flat } = lossGradient(problem, inputs);
  const reverse = optimizer.adjoint({ before: state, after, gradient: e.leaf(flat), cotangents, scalars, variant });

  const directions = splitParameters(problem.layout, e.stopGradient(reverse.gradient));
  const inner = parts.map((part, index) => e.sum(e.multiply(part, directions[index] as Node))).reduce((total, each) => e.add(total, each));
  const metaNodes = Object.values(meta);
  const products = gradients(inner, [...parameters, ...metaNodes]);
  const curvature = joinParameters(products.slice(0, parameters.length));
  const throughMeta = products.slice(parameters.length);

  const before = { weights: e.add(reverse.before.weights, curvature), slots: reverse.before.slots };
  return program(
    `${problem.name} reverse step`,
    [...inputs.all, after.weights, ...after.slots, cotangents.weights, ...cotangents.slots, ...Object.values(soFar), rateSoFar],
    {
      ...stateOutputs(optimizer, before, names.cotangent),
      ...Object.fromEntries(
        Object.entries(soFar).map(([key, total], index) => [names.metaGradient(key), e.add(total, throughMeta[index] as Node)]),
      ),
      [names.learningRateGradient]: e.add(rateSoFar, reverse.learningRate),
    },
  );
}

/**
 * Undoes one training step: the state AFTER it → the state before it, and a number that is finite while the state is.
 */
export function undoProgram(problem: InnerProblem, optimizer: Optimizer, undo: OptimizerUndo): Program {
  const inputs = stepInputs(problem, optimizer);
  const weights = undo.weights(inputs.state, inputs.scalars);
  const { flat } = lossGradient(problem, { ...inputs, state: { weights, slots: [] } });
  const before = { weights, slots: undo.slots(inputs.state, weights, flat) };
  const total = [before.weights, ...before.slots].map((each) => e.sum(each)).reduce((sum, each) => e.add(sum, each));
  return program(`${problem.name} undo step`, inputs.all, { ...stateOutputs(optimizer, before), total });
}

/** The outer loss, and its gradient with respect to the flat weights. */
export function outerProgram(problem: InnerProblem, outer: OuterProblem): Program<'loss' | 'gradient'> {
  const graph = new Graph();
  const weights = graph.input(names.weights, [problem.layout.size]);
  const batch = arguments_(graph, outer.batch, names.batch);
  const parameters = splitParameters(problem.layout, weights);
  const loss = outer.loss(parameters, batch);
  const gradient = joinParameters(gradients(loss, parameters));
  return program(`${problem.name} outer loss`, [weights, ...Object.values(batch)], { loss, gradient });
}
