import { onnxEngine } from '../engine/onnx/native.js';
import type { OptimizerDefinition } from '../optimizer/definition.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import { AdjointCheck } from './adjoint.js';
import { allFinite, check, distance, norm, same } from './assert.js';
import { compileOptimizer, type OptimizerPrograms, type OptimizerState } from './optimizer-programs.js';

/** What an optimizer is checked with. */
export interface OptimizerCheckOptions {
  /** The optimizer's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Steps whose reverse is looked at: the first is special where moments are corrected for their start. */
const CHECKED: readonly number[] = [1, 2, 10];
const LEARNING_RATE = 0.1;
const UNDO_TOLERANCE = 1e-3;

/**
 * Weights come in three groups, by place: those whose gradients are never 0, those whose gradients are 0 at the steps 2
 * and 10, and those that never get any.
 */
const GROUP = 4;
const SIZE = 3 * GROUP;

/**
 * Checks that an optimizer keeps its contract, from slots that start at 0, at the steps 1, 2 and 10: slots have
 * distinct names, the numbers that depend on the step have the same names at every step, and the state keeps its shape;
 * the same step gives the same state, whoever built it and whenever; states and derivatives are finite, also where
 * gradients are 0; the exact adjoint agrees with the derivative of `update`, and both with central differences, in
 * weights, slots, gradient and learning rate; the other variants can be built and are finite; a step that was undone
 * gives, done again, the state it came from.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkOptimizer(definition: OptimizerDefinition, given: OptimizerCheckOptions = {}): Promise<void> {
  const { id } = definition;
  const create = (): Optimizer => definition.create(validateOptions<never>(definition.schema, given.options ?? {}, ['options']));
  const optimizer = create();
  checkNames(id, optimizer);
  const engine = await onnxEngine.create({ threads: 1 });
  const programs = await compileOptimizer(engine, optimizer, SIZE);
  const again = await compileOptimizer(engine, create(), SIZE);
  try {
    const adjoint = new AdjointCheck(id, programs, GROUP);
    let state: OptimizerState = {
      weights: new RandomStream(1, 'weights').normal(SIZE),
      ...Object.fromEntries(optimizer.slots.map((slot) => [`slot.${slot}`, new Float32Array(SIZE)])),
    };
    for (let step = 1; step <= Math.max(...CHECKED); step++) {
      const inputs = { gradient: gradientAt(step), learningRate: Float32Array.of(LEARNING_RATE), ...scheduleAt(optimizer, step) };
      const next = await programs.step.run({ ...state, ...inputs });
      const repeated = [await programs.step.run({ ...state, ...inputs }), await again.step.run({ ...state, ...inputs })];
      for (const [name, values] of Object.entries(next)) {
        check(allFinite(values), `${id}: The state's ${name} is not finite after step ${step}; gradients are 0 in places.`);
        check(
          repeated.every((each) => same(each[name] ?? [], values)),
          `${id}: The same step gives another ${name} when it is taken or built again (step ${step}).`,
        );
      }
      if (CHECKED.includes(step)) {
        await adjoint.add(step, state, next, inputs);
        await checkUndo(id, programs, step, state, next, inputs);
      }
      state = next;
    }
    adjoint.compare();
  } finally {
    await programs.dispose();
    await again.dispose();
    await engine.dispose();
  }
}

function checkNames(id: string, optimizer: Optimizer): void {
  check(new Set(optimizer.slots).size === optimizer.slots.length, `${id}: Two slots have the same name: ${optimizer.slots.join(', ')}.`);
  const names = Object.keys(optimizer.schedule(1)).join();
  for (const step of [...CHECKED, 100_000]) {
    const schedule = optimizer.schedule(step);
    const found = Object.keys(schedule).join();
    check(found === names, `${id}: The schedule gives ${names || 'nothing'} at step 1 and ${found || 'nothing'} at step ${step}.`);
    for (const [name, value] of Object.entries(schedule))
      check(Number.isFinite(value), `${id}: The schedule gives ${name} = ${value} at step ${step}.`);
  }
}

const scheduleAt = (optimizer: Optimizer, step: number): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(optimizer.schedule(step)).map(([name, value]) => [`schedule.${name}`, Float32Array.of(value)]));

/** Gradients away from 0, except where the group says so. */
function gradientAt(step: number): Float32Array {
  const drawn = new RandomStream(1, `gradient ${step}`).normal(SIZE);
  return drawn.map((value, place) => {
    const group = Math.floor(place / GROUP);
    if (group === 2 || (group === 1 && step % 8 === 2)) return 0;
    return value + Math.sign(value) * 0.3;
  });
}

async function checkUndo(
  id: string,
  { undo }: OptimizerPrograms,
  step: number,
  before: OptimizerState,
  after: OptimizerState,
  inputs: OptimizerState,
): Promise<void> {
  if (undo === undefined) return;
  const result = await undo.run({ ...after, ...inputs });
  const close = (actual: Float32Array | undefined, expected: Float32Array | undefined): boolean =>
    distance(actual ?? [], expected ?? []) <= UNDO_TOLERANCE * Math.max(norm(expected ?? []), 1e-2);
  check(
    close(result['undone.weights'], before['weights']),
    `${id}: The function undo.weights does not give the weights before step ${step}.`,
  );
  for (const [name, values] of Object.entries(after))
    check(close(result[`redone.${name}`], values), `${id}: Step ${step} undone and done again gives another ${name}.`);
}
