import { create } from '@bufbuild/protobuf';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { HostValues } from '../engine.js';
import { GraphProtoSchema, TensorProto_DataType as DataType } from './generated/onnx_pb.js';
import { modelBytes } from './lower.js';
import type { HeldSession } from './held-session.js';
import { hostTensor, OnnxTensor, type OnnxValues, type SessionRuntime } from './values.js';

/** Arrays of fewer numbers are given to every run anew: a copy of them costs less than a run that keeps them on the device. */
const FEWEST_KEPT = 1024;

/** A value that is on the device, or goes there when it is first needed. */
class DeviceTensor extends OnnxTensor {
  #disposed = false;
  #moved: Promise<Tensor> | undefined;

  constructor(
    public value: Tensor,
    private readonly live: Set<DeviceTensor>,
    private readonly session?: HeldSession,
  ) {
    super();
    live.add(this);
    session?.hold();
  }

  /** Moves it once, however many runs want it at the same time. */
  move(copy: (value: Tensor) => Promise<Tensor>): Promise<Tensor> {
    this.#moved ??= copy(this.value).then((moved) => {
      if (this.#disposed) moved.dispose();
      this.value = moved;
      return moved;
    });
    return this.#moved;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.live.delete(this);
    this.value.dispose();
    void this.session?.letGo();
  }
}

/**
 * Values stay on the device between runs. `getData()` of such a value ends the process (onnxruntime-node 1.30), so that
 * copies are made by a session of one node.
 */
export class DeviceValues implements OnnxValues {
  readonly location = 'gpu-buffer';
  readonly #copies = new Map<string, Promise<InferenceSession>>();
  readonly #live = new Set<DeviceTensor>();

  constructor(
    private readonly runtime: SessionRuntime,
    private readonly session: InferenceSession.SessionOptions,
  ) {}

  /** Values that nobody has disposed of. */
  get count(): number {
    return this.#live.size;
  }

  upload(values: HostValues, shape: readonly number[]): OnnxTensor {
    return new DeviceTensor(hostTensor(this.runtime, values, shape), this.#live);
  }

  async download({ value }: OnnxTensor): Promise<HostValues> {
    return (value.location === 'cpu' ? value : await this.#copy(value, 'cpu')).data as HostValues;
  }

  async fed(tensor: OnnxTensor): Promise<Tensor> {
    const stays = tensor.value.location !== 'cpu' || tensor.value.size < FEWEST_KEPT;
    return stays ? tensor.value : (tensor as DeviceTensor).move((value) => this.#copy(value, 'gpu-buffer'));
  }

  got(value: Tensor, session: HeldSession): OnnxTensor {
    return new DeviceTensor(value, this.#live, session);
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#live) tensor.dispose();
    for (const copy of this.#copies.values()) await (await copy).release();
    this.#copies.clear();
  }

  async #copy(value: Tensor, to: 'cpu' | 'gpu-buffer'): Promise<Tensor> {
    const key = `${value.type} ${value.dims.length} ${to}`;
    const copy = this.#copies.get(key) ?? this.#compiled(value, to);
    this.#copies.set(key, copy);
    const { copied } = await (await copy).run({ value });
    return copied as Tensor;
  }

  #compiled({ type, dims }: Tensor, preferredOutputLocation: 'cpu' | 'gpu-buffer'): Promise<InferenceSession> {
    const elemType = type === 'float32' ? DataType.FLOAT : DataType.INT32;
    const dim = dims.map((_, axis) => ({ value: { case: 'dimParam' as const, value: `size${axis}` } }));
    const info = (name: string) => ({ name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } });
    const node = [{ name: 'copy', opType: 'Identity', input: ['value'], output: ['copied'] }];
    const graph = create(GraphProtoSchema, { name: 'copy', node, input: [info('value')], output: [info('copied')] });
    return this.runtime.InferenceSession.create(modelBytes(graph), { ...this.session, preferredOutputLocation });
  }
}
