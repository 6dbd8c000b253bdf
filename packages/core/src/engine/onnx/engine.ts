import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { FarziError, reasonOf } from '../../errors.js';
import { DEVICE_CHUNKS } from '../../program/chunk-limits.js';
import { costOf } from '../../program/cost.js';
import { inputName, type Program } from '../../program/node.js';
import { orderedInputs } from '../check.js';
import type { Engine, EngineTensor, EngineTensors, Executable, HostValues } from '../engine.js';
import { turnOfEventLoop } from '../turn.js';
import { DeviceValues } from './device-values.js';
import { HeldSession } from './held-session.js';
import { lower, type Lowerings } from './lower.js';
import { hostValues, type OnnxTensor, type OnnxValues, type SessionRuntime } from './values.js';

/** How WebGPU says that a device is gone. */
const LOST = /device[^.]{0,40} lost\b|DeviceLost/i;

/** How WebGPU, CUDA and ONNX Runtime itself say that there is no memory for an array, or that it is larger than they take. */
const TOO_LARGE =
  /OUT_OF_(DEVICE|HOST)_MEMORY|Invalid Buffer|max buffer size|Too many storage buffers|out of memory|Failed to allocate memory|bad_alloc/i;

/** What to do about it. */
function hintFor(reason: string): string | undefined {
  if (LOST.test(reason)) return 'The GPU was lost, as when its driver is reset: go on from the last checkpoint.';
  return TOO_LARGE.test(reason)
    ? 'There is no memory for an array of this program, or the device takes none of its size: lower batch sizes, lengths or widths, or take another engine.'
    : undefined;
}

/** What came of a runtime's error: `did` says what it could not do. */
function failure(did: string, cause: unknown): FarziError {
  const reason = reasonOf(cause);
  const hint = hintFor(reason);
  return new FarziError('FARZI_ENGINE_FAILED', `ONNX Runtime ${did}: ${reason}.`, { ...(hint === undefined ? {} : { hint }), cause });
}

/** Operations, and bytes written, of programs that take about a millisecond. */
const SMALL = 1e7;

/**
 * Whether a program is so small that ONNX Runtime takes longer to optimise it than the runs of a training save by that.
 */
function isSmall(program: Program): boolean {
  const { productOperations, writtenBytes } = costOf(program);
  return productOperations < SMALL && writtenBytes < SMALL;
}

class OnnxExecutable implements Executable {
  constructor(
    private readonly program: Program,
    private readonly held: HeldSession,
    private readonly values: OnnxValues,
    /** Whether runs compute on this thread, so that nothing else would get a turn. */
    private readonly blocks: boolean,
  ) {}

  async run(inputs: EngineTensors): Promise<Record<string, EngineTensor>> {
    const given = orderedInputs(this.program, inputs);
    if (this.blocks) await turnOfEventLoop();
    try {
      const feeds: Record<string, Tensor> = {};
      for (const [index, input] of this.program.inputs.entries())
        feeds[`in:${inputName(input)}`] = await this.values.fed(given[index] as OnnxTensor);
      const results = await this.held.session.run(feeds);
      return Object.fromEntries(
        this.program.outputs.map(({ name }) => [name, this.values.got(results[`out:${name}`] as Tensor, this.held)]),
      );
    } catch (error) {
      throw failure(`failed in the program ${this.program.name}`, error);
    }
  }

  async dispose(): Promise<void> {
    await this.held.letGo();
  }
}

/** What ONNX Runtime computes with; operators that the first provider lacks go to the CPU. */
export type ExecutionProvider = 'cpu' | 'cuda' | 'webgpu' | 'wasm';

/** How an engine of ONNX Runtime differs from the one on the CPU. */
export interface OnnxEngineOptions {
  /** What stands for ops that the provider lacks. */
  readonly lowerings?: Lowerings;
  /** Whether a program is refused that the provider cannot compute alone; by default the CPU does the rest. */
  readonly strict?: boolean;
}

/** Runs programs as sessions of ONNX Runtime: values stay on the device where the provider can keep them there. */
export class OnnxEngine implements Engine {
  readonly #session: InferenceSession.SessionOptions;
  readonly #values: OnnxValues;

  constructor(
    readonly id: string,
    private readonly runtime: SessionRuntime,
    private readonly provider: ExecutionProvider,
    readonly threads: number,
    private readonly options: OnnxEngineOptions = {},
  ) {
    this.#session = {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: options.strict === true ? 4 : 3,
      ...(options.strict === true ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    };
    this.#values = provider === 'webgpu' ? new DeviceValues(runtime, this.#session) : hostValues(runtime);
  }

  /** Values on the device that nobody has disposed of. */
  get valuesOnDevice(): number {
    return this.#values instanceof DeviceValues ? this.#values.count : 0;
  }

  async compile(program: Program): Promise<Executable> {
    try {
      const session = await this.runtime.InferenceSession.create(lower(this.#chunked(program), this.options.lowerings), {
        ...this.#session,
        graphOptimizationLevel: this.#onProcessor && isSmall(program) ? 'disabled' : 'all',
        preferredOutputLocation: this.#values.location,
      });
      return new OnnxExecutable(program, new HeldSession(session), this.#values, this.provider === 'wasm');
    } catch (error) {
      throw failure(`cannot compile the program ${program.name}`, error);
    }
  }

  get #onProcessor(): boolean {
    return this.provider === 'cpu' || this.provider === 'wasm';
  }

  /** A GPU has other chunks than a processor. */
  #chunked(program: Program): Program {
    return this.#onProcessor ? program : program.inChunks(DEVICE_CHUNKS);
  }

  upload(values: HostValues, shape: readonly number[]): EngineTensor {
    return this.#values.upload(values, shape);
  }

  async download(tensor: EngineTensor): Promise<HostValues> {
    try {
      return await this.#values.download(tensor as OnnxTensor);
    } catch (error) {
      throw failure('cannot fetch a value from the device', error);
    }
  }

  dispose(): Promise<void> {
    return this.#values.dispose();
  }
}
