import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DType } from '../../program/node.js';
import type { EngineTensor, HostValues } from '../engine.js';
import type { HeldSession } from './held-session.js';
import type { OnnxRuntime } from './runtime.js';

/** What onnxruntime-node and onnxruntime-web have in common. */
export type SessionRuntime = Pick<OnnxRuntime, 'InferenceSession' | 'Tensor'>;

/** A value of ONNX Runtime. */
export abstract class OnnxTensor implements EngineTensor {
  abstract readonly value: Tensor;

  get shape(): readonly number[] {
    return this.value.dims;
  }

  get dtype(): DType {
    return this.value.type as DType;
  }

  abstract dispose(): void;
}

/** Where values are between runs. */
export interface OnnxValues {
  /** Where sessions leave their outputs. */
  readonly location: NonNullable<InferenceSession.SessionOptions['preferredOutputLocation']>;
  upload(values: HostValues, shape: readonly number[]): OnnxTensor;
  download(tensor: OnnxTensor): Promise<HostValues>;
  /** What a session is given for a value. */
  fed(tensor: OnnxTensor): Promise<Tensor>;
  /**
   * What a session gave as a value.
   *
   * @param session - that must not be released before the value is disposed of
   */
  got(value: Tensor, session: HeldSession): OnnxTensor;
  dispose(): Promise<void>;
}

/** An ordinary array of this process: it goes when nothing refers to it any more. */
class HostTensor extends OnnxTensor {
  constructor(readonly value: Tensor) {
    super();
  }

  dispose(): void {
    // left to the garbage collector
  }
}

/** An array of this process as a value of ONNX Runtime. */
export const hostTensor = ({ Tensor: made }: SessionRuntime, values: HostValues, shape: readonly number[]): Tensor =>
  values instanceof Float32Array ? new made('float32', values, shape) : new made('int32', values, shape);

/** Values are arrays of this process between runs. */
export const hostValues = (runtime: SessionRuntime): OnnxValues => ({
  location: 'cpu',
  upload: (values, shape) => new HostTensor(hostTensor(runtime, values, shape)),
  download: ({ value }) => Promise.resolve(value.data as HostValues),
  fed: ({ value }) => Promise.resolve(value),
  got: (value) => new HostTensor(value),
  dispose: () => Promise.resolve(),
});
