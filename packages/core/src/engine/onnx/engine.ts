import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { FarziError } from '../../errors.js';
import { type DType, inputName, type Program } from '../../program/node.js';
import { orderedInputs } from '../check.js';
import type { Engine, EngineDefinition, EngineOptions, EngineTensor, EngineTensors, Executable, HostValues } from '../engine.js';
import { lower } from './lower.js';
import { type OnnxRuntime, onnxRuntime, onnxRuntimeVersion } from './runtime.js';

/** Values are ordinary arrays of this process: they go when nothing refers to them any more. */
class OnnxTensor implements EngineTensor {
  constructor(readonly value: Tensor) {}

  get shape(): readonly number[] {
    return this.value.dims;
  }

  get dtype(): DType {
    return this.value.type as DType;
  }

  dispose(): void {
    // left to the garbage collector
  }
}

class OnnxExecutable implements Executable {
  readonly #program: Program;
  readonly #session: InferenceSession;

  constructor(program: Program, session: InferenceSession) {
    this.#program = program;
    this.#session = session;
  }

  async run(inputs: EngineTensors): Promise<Record<string, EngineTensor>> {
    const values = orderedInputs(this.#program, inputs);
    const feeds = Object.fromEntries(
      this.#program.inputs.map((input, index) => [`in:${inputName(input)}`, (values[index] as OnnxTensor).value]),
    );
    try {
      const results = await this.#session.run(feeds);
      return Object.fromEntries(this.#program.outputs.map(({ name }) => [name, new OnnxTensor(results[`out:${name}`] as Tensor)]));
    } catch (error) {
      throw new FarziError('FARZI_ENGINE_FAILED', `onnxruntime failed in program ${this.#program.name}: ${String(error)}`, {
        cause: error,
      });
    }
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

/** What ONNX Runtime computes with; operators that the first provider lacks go to the CPU. */
export type ExecutionProvider = 'cpu' | 'cuda';

/** Runs programs as sessions of ONNX Runtime, whose values are arrays of this process between runs. */
export class OnnxEngine implements Engine {
  readonly id: string;
  readonly threads: number;
  readonly #runtime: OnnxRuntime;
  readonly #provider: ExecutionProvider;

  constructor(id: string, runtime: OnnxRuntime, provider: ExecutionProvider, threads: number) {
    this.id = id;
    this.#runtime = runtime;
    this.#provider = provider;
    this.threads = threads;
  }

  async compile(program: Program): Promise<Executable> {
    try {
      const session = await this.#runtime.InferenceSession.create(lower(program), {
        executionProviders: [this.#provider],
        intraOpNumThreads: this.threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
      return new OnnxExecutable(program, session);
    } catch (error) {
      throw new FarziError('FARZI_ENGINE_FAILED', `onnxruntime cannot compile program ${program.name}: ${String(error)}`, { cause: error });
    }
  }

  upload(values: HostValues, shape: readonly number[]): EngineTensor {
    return new OnnxTensor(
      values instanceof Float32Array
        ? new this.#runtime.Tensor('float32', values, shape)
        : new this.#runtime.Tensor('int32', values, shape),
    );
  }

  download(tensor: EngineTensor): Promise<HostValues> {
    return Promise.resolve((tensor as OnnxTensor).value.data as HostValues);
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** ONNX Runtime on the CPU, the default: each program becomes one optimised session. */
export const onnxEngine: EngineDefinition = {
  id: 'onnx',
  check: async () => {
    try {
      await onnxRuntime();
      return { usable: true, version: onnxRuntimeVersion() };
    } catch (error) {
      return { usable: false, reason: `onnxruntime-node cannot be loaded: ${String(error)}`, install: 'npm install onnxruntime-node' };
    }
  },
  create: async ({ threads }: EngineOptions) => new OnnxEngine('onnx', await onnxRuntime(), 'cpu', threads),
};
