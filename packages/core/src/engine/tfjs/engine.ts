import * as tf from '@tensorflow/tfjs-core';
import { FarziError, reasonOf } from '../../errors.js';
import { activeBackend } from '../../program/backend.js';
import type { DType, Node, Program } from '../../program/node.js';
import { orderedInputs } from '../check.js';
import { turnOfEventLoop } from '../turn.js';
import type { Engine, EngineTensor, EngineTensors, Executable, HostValues } from '../engine.js';

/** A tensor that belongs to whoever holds it; several holders may share its data. */
class TfjsTensor implements EngineTensor {
  constructor(readonly value: tf.Tensor) {}

  get shape(): readonly number[] {
    return this.value.shape;
  }

  get dtype(): DType {
    return this.value.dtype as DType;
  }

  dispose(): void {
    this.value.dispose();
  }
}

/** Runs `body` on a backend that is already initialised, so that switching to it is synchronous. */
function on<T>(backend: string, body: () => T): T {
  const previous = activeBackend();
  if (previous === backend) return body();
  void tf.setBackend(backend);
  try {
    return body();
  } finally {
    if (previous !== undefined) void tf.setBackend(previous);
  }
}

/** For every node, the nodes whose last use it is. */
function lastUses(program: Program): ReadonlyMap<Node, readonly Node[]> {
  const kept = new Set([...program.inputs, ...program.outputs.map(({ node }) => node)]);
  const last = new Map<Node, Node>();
  for (const node of program.nodes) for (const input of node.inputs) last.set(input, node);
  const uses = new Map<Node, Node[]>();
  for (const [node, user] of last) {
    if (!kept.has(node)) uses.set(user, [...(uses.get(user) ?? []), node]);
  }
  return uses;
}

/** Replays a program op by op, freeing each tensor after its last use. */
class TfjsExecutable implements Executable {
  readonly #engine: string;
  readonly #backend: string;
  readonly #program: Program;
  readonly #lastUses: ReadonlyMap<Node, readonly Node[]>;

  constructor(engine: string, backend: string, program: Program) {
    this.#engine = engine;
    this.#backend = backend;
    this.#program = program;
    this.#lastUses = lastUses(program);
  }

  async run(inputs: EngineTensors): Promise<Record<string, EngineTensor>> {
    const given = orderedInputs(this.#program, inputs);
    // ops compute at once, and what awaits them would run as microtasks, which keep signals and timers out
    await turnOfEventLoop();
    return on(this.#backend, () => this.#replay(given));
  }

  #replay(given: readonly EngineTensor[]): Record<string, EngineTensor> {
    const values = new Map<Node, tf.Tensor>();
    this.#program.inputs.forEach((input, index) => values.set(input, (given[index] as TfjsTensor).value));
    try {
      for (const node of this.#program.nodes) {
        if (node.op === 'Input') continue;
        values.set(node, this.#compute(node, values));
        for (const spent of this.#lastUses.get(node) ?? []) values.get(spent)?.dispose();
      }
    } catch (error) {
      for (const [node, value] of values) if (node.op !== 'Input') value.dispose();
      throw error;
    }
    const outputs = this.#program.outputs.map(({ name, node }) => [name, new TfjsTensor(tf.clone(values.get(node) as tf.Tensor))] as const);
    for (const node of new Set(this.#program.outputs.map((output) => output.node))) if (node.op !== 'Input') values.get(node)?.dispose();
    return Object.fromEntries(outputs);
  }

  #compute(node: Node, values: ReadonlyMap<Node, tf.Tensor>): tf.Tensor {
    const operands = node.inputs.map((input) => values.get(input) as tf.Tensor);
    try {
      return tf.tidy(() => node.graph.definitionOf(node.op).tfjs(tf, node, operands));
    } catch (error) {
      throw new FarziError(
        'FARZI_ENGINE_FAILED',
        `The engine ${this.#engine} failed in ${node.op} of the program ${this.#program.name}${node.origin === undefined ? '' : ` (${node.origin})`}: ${reasonOf(error)}.`,
        {
          cause: error,
        },
      );
    }
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** One adapter for every TensorFlow.js backend. */
export class TfjsEngine implements Engine {
  readonly id: string;
  readonly threads: number;
  readonly #backend: string;

  /** @param backend - the name of a registered backend, already initialised */
  constructor(id: string, backend: string, threads: number) {
    this.id = id;
    this.threads = threads;
    this.#backend = backend;
  }

  compile(program: Program): Promise<Executable> {
    return Promise.resolve(new TfjsExecutable(this.id, this.#backend, program));
  }

  upload(values: HostValues, shape: readonly number[]): EngineTensor {
    return on(
      this.#backend,
      () => new TfjsTensor(tf.tensor(values.slice(), [...shape], values instanceof Float32Array ? 'float32' : 'int32')),
    );
  }

  async download(tensor: EngineTensor): Promise<HostValues> {
    return (await (tensor as TfjsTensor).value.data()) as HostValues;
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
