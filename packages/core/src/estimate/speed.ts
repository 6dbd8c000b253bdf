import { disposeAll, type Engine } from '../engine/engine.js';
import type { ProgramCost } from '../program/cost.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import { type Program, sizeOf } from '../program/node.js';
import { program } from '../program/program.js';

/** How fast an engine computes, about. */
export interface EngineSpeed {
  /** Floating-point operations of matrix products in a second. */
  readonly operationsPerSecond: number;
  /** Bytes that element-wise ops write in a second. */
  readonly bytesPerSecond: number;
}

/** Side of the matrices that are multiplied. */
const SIDE = 512;

/** Shape of the values that element-wise ops are measured on: 5 MB leave a cache, as those of models mostly do. */
const VALUES = [2500, 512] as const;

/** Pairs of element-wise ops in the program that is measured. */
const PAIRS = 2;

/** Seconds that each measurement goes on for, unless a single run takes longer. */
const SECONDS = 0.03;

/** Of a large product's rate, what those of models reach. */
const PRODUCT_SHARE = 0.7;

/** What starting a node takes. */
const SECONDS_PER_NODE = 3e-6;

function productProgram(): Program {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [SIDE, SIDE]), graph.input('b', [SIDE, SIDE])];
  return program('speed of products', [a, b], { product: e.matMul(a, b) });
}

function elementwiseProgram(): Program {
  const graph = new Graph();
  const [a, b] = [graph.input('a', VALUES), graph.input('b', VALUES)];
  let value = a;
  for (let pair = 0; pair < PAIRS; pair++) value = e.multiply(e.add(value, b), a);
  return program('speed of element-wise ops', [a, b], { value });
}

/** The shortest of some runs, in seconds. */
async function fastestRun(engine: Engine, measured: Program): Promise<number> {
  const executable = await engine.compile(measured);
  const inputs = Object.fromEntries(
    measured.inputs.map(({ shape, attributes }) => [
      String(attributes['name']),
      engine.upload(new Float32Array(sizeOf(shape)).fill(0.5), shape),
    ]),
  );
  try {
    let fastest = Infinity;
    const started = performance.now();
    do {
      const before = performance.now();
      const outputs = await executable.run(inputs);
      // an engine on a device may answer before it has computed
      for (const output of Object.values(outputs)) await engine.download(output);
      disposeAll(outputs);
      fastest = Math.min(fastest, (performance.now() - before) / 1000);
    } while (performance.now() - started < 1000 * SECONDS);
    return fastest;
  } finally {
    disposeAll(inputs);
    await executable.dispose();
  }
}

/** Measures an engine with two small programs, in about a tenth of a second. */
export async function measureSpeed(engine: Engine): Promise<EngineSpeed> {
  return {
    operationsPerSecond: (2 * SIDE ** 3) / (await fastestRun(engine, productProgram())),
    bytesPerSecond: (2 * PAIRS * 4 * sizeOf(VALUES)) / (await fastestRun(engine, elementwiseProgram())),
  };
}

/** Seconds that a program's run takes, about. */
export function secondsOf({ productOperations, writtenBytes, nodes }: ProgramCost, { operationsPerSecond, bytesPerSecond }: EngineSpeed) {
  return productOperations / (PRODUCT_SHARE * operationsPerSecond) + writtenBytes / bytesPerSecond + SECONDS_PER_NODE * nodes;
}
