import { FarziError } from '../../errors.js';
import { cast } from '../expressions.js';
import { type DType, type Node, type OpDefinition, sizeOf } from '../node.js';
import { type KernelRecorder, listAttribute, numberAttribute, type OpFamily } from './definition.js';

/** Fills up to this many elements become initializers; larger ones are expanded when they are needed. */
const LARGEST_FILL_INITIALIZER = 4096;

const ofItself = (): never => {
  throw new FarziError('FARZI_INTERNAL', 'Inputs and constants are made by the graph, not applied.');
};

const sources: readonly OpDefinition[] = [
  {
    name: 'Input',
    infer: ofItself,
    gradient: () => [],
    onnx: ofItself,
    tfjs: ofItself,
  },
  {
    name: 'Constant',
    infer: ofItself,
    gradient: () => [],
    onnx: (node, _inputs, emitter) => {
      if (node.values === undefined) throw new FarziError('FARZI_INTERNAL', 'A constant has no values.');
      return emitter.constant(node.values, node.shape, node.dtype);
    },
    tfjs: (tf, node) => tf.tensor(node.values as Float32Array, [...node.shape], node.dtype),
  },
  {
    name: 'Fill',
    infer: ofItself,
    gradient: () => [],
    onnx: (node, _inputs, emitter) => {
      const value = numberAttribute(node.attributes, 'value');
      const size = sizeOf(node.shape);
      if (size <= LARGEST_FILL_INITIALIZER) return emitter.constant(typed(node.dtype, size).fill(value), node.shape, node.dtype);
      return emitter.emit('Expand', [emitter.constant(typed(node.dtype, 1).fill(value), [], node.dtype), emitter.integers(node.shape)]);
    },
    tfjs: (tf, node) => tf.fill([...node.shape], numberAttribute(node.attributes, 'value'), node.dtype),
  },
];

const castOp: OpDefinition<readonly [Node]> = {
  name: 'Cast',
  infer: ([x], attributes) => ({ shape: x.shape, dtype: attributes['dtype'] as DType }),
  gradient: (node, cotangent) => [node.inputs[0]?.dtype === 'float32' ? cotangent : undefined],
  simplify: ([x], attributes, graph) => {
    if (x?.dtype === attributes['dtype']) return x;
    const value = x?.op === 'Fill' ? numberAttribute(x.attributes, 'value') : undefined;
    return x === undefined || value === undefined
      ? undefined
      : graph.fill(converted(value, attributes['dtype'] as DType), x.shape, attributes['dtype'] as DType);
  },
  onnx: (node, [x], emitter) => emitter.cast(x, node.dtype),
  tfjs: (tf, node, [x]) => tf.cast(x as never, node.dtype),
};

const stopGradient: OpDefinition<readonly [Node]> = {
  name: 'StopGradient',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: () => [undefined],
  simplify: ([x]) => (x?.op === 'StopGradient' || x?.op === 'Fill' || x?.op === 'Constant' ? x : undefined),
  onnx: (_node, [x]) => x,
  tfjs: (tf, _node, [x]) => tf.clone(x as never),
};

function typed(dtype: DType, size: number): Float32Array | Int32Array | Uint8Array {
  return dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

function converted(value: number, dtype: DType): number {
  return dtype === 'int32' ? Math.trunc(value) : dtype === 'bool' ? Number(value !== 0) : value;
}

const like =
  (value: number): KernelRecorder =>
  (inputs, _attributes, graph) =>
    graph.fill(value, inputs.get('x').shape, inputs.get('x').dtype);

/** Values that depend on nothing, conversions between element types, and values held constant. */
export const source: OpFamily = {
  ops: [...sources, castOp, stopGradient],
  kernels: {
    Identity: (inputs) => inputs.get('x'),
    Cast: (inputs, attributes) => {
      const dtype = attributes['dtype'];
      if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
        throw new FarziError('FARZI_TRACE', `A traced function casts to ${String(dtype)}.`, {
          hint: 'Programs hold float32, int32 and bool values.',
        });
      }
      return cast(inputs.get('x'), dtype);
    },
    Fill: (_inputs, attributes, graph) =>
      graph.fill(
        numberAttribute(attributes, 'value'),
        listAttribute(attributes, 'shape'),
        (attributes['dtype'] as DType | undefined) ?? 'float32',
      ),
    ZerosLike: like(0),
    OnesLike: like(1),
    Range: (_inputs, attributes, graph) => {
      const [start, stop, by] = [
        numberAttribute(attributes, 'start'),
        numberAttribute(attributes, 'stop'),
        numberAttribute(attributes, 'step'),
      ];
      const values = Array.from({ length: Math.max(0, Math.ceil((stop - start) / by)) }, (_, index) => start + index * by);
      return attributes['dtype'] === 'int32'
        ? graph.constant(Int32Array.from(values), [values.length], 'int32')
        : graph.constant(Float32Array.from(values), [values.length], 'float32');
    },
    LinSpace: (_inputs, attributes, graph) => {
      const [start, stop, count] = [
        numberAttribute(attributes, 'start'),
        numberAttribute(attributes, 'stop'),
        numberAttribute(attributes, 'num'),
      ];
      const values = Float32Array.from({ length: count }, (_, index) => start + (index * (stop - start)) / Math.max(1, count - 1));
      return graph.constant(values, [count], 'float32');
    },
  },
};
