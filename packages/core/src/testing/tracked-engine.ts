import type { Engine, EngineTensor, EngineTensors, Executable, HostValues } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/native.js';
import type { Program } from '../program/node.js';
import { withProgramCache } from '../engine/program-cache.js';
import { check, ConformanceError } from './assert.js';

class TrackedTensor implements EngineTensor {
  constructor(
    private readonly inner: EngineTensor,
    private readonly live: Set<EngineTensor>,
  ) {
    live.add(this);
  }

  get shape(): readonly number[] {
    return this.inner.shape;
  }

  get dtype(): EngineTensor['dtype'] {
    return this.inner.dtype;
  }

  /** @throws ConformanceError after it was disposed of */
  get value(): EngineTensor {
    check(this.live.has(this), `A value of shape [${this.shape.join(', ')}] is used after it was disposed of.`);
    return this.inner;
  }

  dispose(): void {
    if (this.live.delete(this)) this.inner.dispose();
  }
}

function valueOf(tensor: EngineTensor): EngineTensor {
  if (!(tensor instanceof TrackedTensor)) throw new ConformanceError('A value is not one of the engine that it is given to.');
  return tensor.value;
}

/** An engine that knows which values have not been disposed of, and refuses those that have. */
export class TrackedEngine implements Engine {
  readonly #live = new Set<EngineTensor>();

  constructor(private readonly inner: Engine) {}

  get id(): string {
    return this.inner.id;
  }

  get threads(): number {
    return this.inner.threads;
  }

  /** Values that nobody has disposed of. */
  get live(): number {
    return this.#live.size;
  }

  async compile(program: Program): Promise<Executable> {
    const executable = await this.inner.compile(program);
    const tracked = (tensors: EngineTensors, track: (tensor: EngineTensor) => EngineTensor): Record<string, EngineTensor> =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, track(tensor)]));
    return {
      run: async (inputs) => tracked(await executable.run(tracked(inputs, valueOf)), (tensor) => new TrackedTensor(tensor, this.#live)),
      dispose: () => executable.dispose(),
    };
  }

  /** Copies, as a device would: what is written to the given values later is not seen. */
  upload(values: HostValues, shape: readonly number[]): EngineTensor {
    return new TrackedTensor(this.inner.upload(values.slice(), shape), this.#live);
  }

  download(tensor: EngineTensor): Promise<HostValues> {
    return this.inner.download(valueOf(tensor));
  }

  dispose(): Promise<void> {
    return this.inner.dispose();
  }
}

/** Checks on a tracked engine of one thread. */
export async function onTrackedEngine(body: (engine: TrackedEngine) => Promise<void>): Promise<void> {
  const engine = new TrackedEngine(withProgramCache(await onnxEngine.create({ threads: 1 })));
  try {
    await body(engine);
  } finally {
    await engine.dispose();
  }
}
