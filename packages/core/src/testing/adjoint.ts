import { RandomStream } from '../random/stream.js';
import { allFinite, check, distance, norm } from './assert.js';
import { type OptimizerPrograms, type OptimizerState, stateNames, targetsOf, variants } from './optimizer-programs.js';

/** Central differences are taken at each of these, relative to the values. */
const DIFFERENCES: readonly number[] = [1e-2, 3e-3, 1e-3];
const SMOOTH_TOLERANCE = 3e-2;
const SAME_TOLERANCE = 1e-3;
/** Derivatives below this are 0: states and cotangents are of size 1. */
const NOTHING = 1e-6;

const groupNames = ['whose gradients are never 0', 'whose gradients are 0 now and then', 'that never get a gradient'] as const;

/** Two values of one derivative at one step. */
interface Comparison {
  readonly step: number;
  readonly claimed: readonly number[];
  /** Several where they were found with several differences: one must agree. */
  readonly expected: readonly (readonly number[])[];
}

/**
 * Collects derivatives at some steps and compares them. One cotangent at a time is not 0, so that no part of a
 * derivative hides behind a larger one; how exact a derivative must be is measured by the largest that it has at any of
 * the steps, as adaptive optimizers' first steps have derivatives that vanish.
 */
export class AdjointCheck {
  readonly #derived = new Map<string, Comparison[]>();
  readonly #differences = new Map<string, Comparison[]>();

  constructor(
    private readonly id: string,
    private readonly programs: OptimizerPrograms,
    /** Weights per group: see `checkOptimizer`. */
    private readonly group: number,
  ) {}

  async add(step: number, before: OptimizerState, after: OptimizerState, inputs: OptimizerState): Promise<void> {
    const { optimizer, reverse } = this.programs;
    const size = 3 * this.group;
    for (const name of stateNames(optimizer)) {
      const cotangent = new RandomStream(1, `cotangent ${name}`).normal(size);
      const result = await reverse.run({
        ...before,
        ...inputs,
        ...prefix('after.', after),
        ...Object.fromEntries(
          stateNames(optimizer).map((each) => [`cotangent.${each}`, each === name ? cotangent : new Float32Array(size)]),
        ),
      });
      this.#checkFinite(step, result);
      for (const target of targetsOf(optimizer)) {
        const [claimed, derived] = [result[`exact.${target}`], result[`derived.${target}`]] as [Float32Array, Float32Array];
        this.#addDerived(`${target}, from ${name},`, step, claimed, derived);
        await this.#addDifferences(name, cotangent, target, step, { before: { ...before, ...inputs }, claimed });
      }
    }
  }

  #checkFinite(step: number, result: OptimizerState): void {
    for (const variant of variants)
      for (const target of targetsOf(this.programs.optimizer))
        check(
          allFinite(result[`${variant}.${target}`] ?? [Number.NaN]),
          `${this.id}: The ${variant} adjoint's derivative in ${target} is not finite at step ${step}; gradients are 0 in places.`,
        );
  }

  #addDerived(key: string, step: number, claimed: Float32Array, derived: Float32Array): void {
    if (claimed.length === 1) {
      note(this.#derived, key, { step, claimed: [...claimed], expected: [[...derived]] });
      return;
    }
    groupNames.forEach((group, index) => {
      const part = (values: Float32Array): number[] => [...values.subarray(index * this.group, (index + 1) * this.group)];
      note(this.#derived, `${key} of weights ${group}`, { step, claimed: part(claimed), expected: [part(derived)] });
    });
  }

  /**
   * How the state's product with a cotangent changes along one target, where gradients are not 0: elsewhere updates may
   * have kinks.
   */
  async #addDifferences(
    name: string,
    cotangent: Float32Array,
    target: string,
    step: number,
    { before, claimed }: { readonly before: OptimizerState; readonly claimed: Float32Array },
  ): Promise<void> {
    const at = before[target] as Float32Array;
    const drawn = new RandomStream(1, `direction ${target}`);
    const direction = at.map((value, place) => (place < this.group ? Math.abs(value) * (drawn.uniform() < 0.5 ? -1 : 1) : 0));
    const total = async (by: number): Promise<number> => {
      const moved = at.map((value, place) => value + by * (direction[place] as number));
      const after = await this.programs.step.run({ ...before, [target]: moved });
      return dot(after[name] as Float32Array, cotangent);
    };
    const slopes: number[][] = [];
    for (const by of DIFFERENCES) slopes.push([((await total(by)) - (await total(-by))) / (2 * by)]);
    note(this.#differences, `${target}, from ${name},`, { step, claimed: [dot(claimed, direction)], expected: slopes });
  }

  /** @throws ConformanceError naming the derivative that is wrong */
  compare(): void {
    for (const [key, comparisons] of this.#derived) {
      this.#compare(
        comparisons,
        SAME_TOLERANCE,
        (step, off) => `The exact adjoint's derivative in ${key} is not that of update at step ${step} (off by ${off})`,
      );
    }
    for (const [key, comparisons] of this.#differences) {
      this.#compare(
        comparisons,
        SMOOTH_TOLERANCE,
        (step, off) => `The derivative in ${key} is not what central differences of update say at step ${step} (off by ${off})`,
      );
    }
  }

  #compare(comparisons: readonly Comparison[], tolerance: number, message: (step: number, off: string) => string): void {
    const scale = Math.max(NOTHING / tolerance, ...comparisons.flatMap(({ claimed, expected }) => [claimed, ...expected].map(norm)));
    for (const { step, claimed, expected } of comparisons) {
      const off = Math.min(...expected.map((each) => distance(claimed, each))) / scale;
      check(off <= tolerance, `${this.id}: ${message(step, off.toPrecision(2))}.`);
    }
  }
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, place) => sum + value * (b[place] as number), 0);

const prefix = (text: string, state: OptimizerState): OptimizerState =>
  Object.fromEntries(Object.entries(state).map(([name, values]) => [text + name, values]));

function note(all: Map<string, Comparison[]>, key: string, comparison: Comparison): void {
  all.set(key, [...(all.get(key) ?? []), comparison]);
}
