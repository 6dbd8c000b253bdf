import type * as Tfjs from '@tensorflow/tfjs-core';
import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Graph, type Node, sizeOf } from '../graph.js';
import { broadcastShape } from './binary.js';
import { type KernelInputs, listAttribute, numberAttribute, type OpDefinition, type OpFamily } from './definition.js';

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
const list = (node: Node, name: string): number[] => [...listAttribute(node.attributes, name)];
const first = (inputs: readonly Tfjs.Tensor[]): Tfjs.Tensor => inputs[0] as Tfjs.Tensor;

function resolved(shape: readonly number[], size: number): number[] {
  const known = shape.reduce((product, dimension) => (dimension === -1 ? product : product * dimension), 1);
  const full = shape.map((dimension) => (dimension === -1 ? size / known : dimension));
  if (sizeOf(full) !== size || !full.every(Number.isInteger))
    throw new FarziError('FARZI_SHAPE', `${size} values cannot be reshaped to [${shape.join(', ')}]`);
  return full;
}

const reshape: OpDefinition = {
  name: 'Reshape',
  infer: ([x], attributes) => ({
    shape: resolved(listAttribute(attributes, 'shape'), sizeOf((x as Node).shape)),
    dtype: (x as Node).dtype,
  }),
  gradient: (node, cotangent) => [e.reshape(cotangent, (node.inputs[0] as Node).shape)],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs as readonly [Node];
    const shape = resolved(listAttribute(attributes, 'shape'), sizeOf(x.shape));
    if (same(shape, x.shape)) return x;
    if (x.op === 'Reshape') return e.reshape(x.inputs[0] as Node, shape);
    const value = e.fillValue(x);
    if (value !== undefined) return graph.fill(value, shape, x.dtype);
    return same(shape, listAttribute(attributes, 'shape')) ? undefined : e.reshape(x, shape);
  },
  onnx: (node, [x], emitter) => emitter.emit('Reshape', [x as string, emitter.integers(node.shape)]),
  tfjs: (tf, node, inputs) => tf.reshape(first(inputs), [...node.shape]),
};

function inverse(permutation: readonly number[]): number[] {
  const result = new Array<number>(permutation.length);
  permutation.forEach((from, to) => (result[from] = to));
  return result;
}

const transpose: OpDefinition = {
  name: 'Transpose',
  infer: ([x], attributes) => ({
    shape: listAttribute(attributes, 'permutation').map((axis) => (x as Node).shape[axis] as number),
    dtype: (x as Node).dtype,
  }),
  gradient: (node, cotangent) => [e.transpose(cotangent, inverse(list(node, 'permutation')))],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs as readonly [Node];
    const permutation = listAttribute(attributes, 'permutation');
    if (permutation.every((axis, index) => axis === index)) return x;
    const value = e.fillValue(x);
    if (value !== undefined) {
      return graph.fill(
        value,
        permutation.map((axis) => x.shape[axis] as number),
        x.dtype,
      );
    }
    if (x.op !== 'Transpose') return undefined;
    const inner = list(x, 'permutation');
    return e.transpose(
      x.inputs[0] as Node,
      permutation.map((axis) => inner[axis] as number),
    );
  },
  onnx: (node, [x], emitter) => emitter.emit('Transpose', [x as string], { perm: list(node, 'permutation') }),
  tfjs: (tf, node, inputs) => tf.transpose(first(inputs), list(node, 'permutation')),
};

const slice: OpDefinition = {
  name: 'Slice',
  infer: ([x], attributes) => {
    const [begin, size] = [listAttribute(attributes, 'begin'), listAttribute(attributes, 'size')];
    (x as Node).shape.forEach((dimension, axis) => {
      if ((begin[axis] ?? 0) < 0 || (size[axis] ?? 0) < 0 || (begin[axis] ?? 0) + (size[axis] ?? 0) > dimension) {
        throw new FarziError(
          'FARZI_SHAPE',
          `a slice from [${begin.join(', ')}] of size [${size.join(', ')}] leaves the shape [${(x as Node).shape.join(', ')}]`,
        );
      }
    });
    return { shape: size, dtype: (x as Node).dtype };
  },
  gradient: (node, cotangent) => {
    const [x] = node.inputs as readonly [Node];
    const begin = list(node, 'begin');
    return [
      e.pad(
        cotangent,
        begin,
        x.shape.map((dimension, axis) => dimension - (begin[axis] as number) - (node.shape[axis] as number)),
      ),
    ];
  },
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs as readonly [Node];
    const { shape: size } = slice.infer(inputs, attributes);
    if (same(size, x.shape)) return x;
    const value = e.fillValue(x);
    return value === undefined ? undefined : graph.fill(value, size, x.dtype);
  },
  onnx: (node, [x], emitter) => {
    const begin = list(node, 'begin');
    const end = begin.map((from, axis) => from + (node.shape[axis] as number));
    return emitter.emit('Slice', [
      x as string,
      emitter.integers(begin),
      emitter.integers(end),
      emitter.integers(begin.map((_, axis) => axis)),
    ]);
  },
  tfjs: (tf, node, inputs) => tf.slice(first(inputs), list(node, 'begin'), list(node, 'size')),
};

const pad: OpDefinition = {
  name: 'Pad',
  infer: ([x], attributes) => {
    const [before, after] = [listAttribute(attributes, 'before'), listAttribute(attributes, 'after')];
    return {
      shape: (x as Node).shape.map((dimension, axis) => dimension + (before[axis] ?? 0) + (after[axis] ?? 0)),
      dtype: (x as Node).dtype,
    };
  },
  gradient: (node, cotangent) => [e.slice(cotangent, list(node, 'before'), (node.inputs[0] as Node).shape)],
  simplify: ([x], attributes) =>
    [...listAttribute(attributes, 'before'), ...listAttribute(attributes, 'after')].every((count) => count === 0) ? x : undefined,
  onnx: (node, [x], emitter) =>
    emitter.emit(
      'Pad',
      [
        x as string,
        emitter.integers([...list(node, 'before'), ...list(node, 'after')]),
        emitter.scalar(numberAttribute(node.attributes, 'value')),
      ],
      { mode: 'constant' },
    ),
  tfjs: (tf, node, inputs) => {
    const after = list(node, 'after');
    const pads = list(node, 'before').map((count, axis): [number, number] => [count, after[axis] as number]);
    return tf.pad(first(inputs), pads, numberAttribute(node.attributes, 'value'));
  },
};

const concat: OpDefinition = {
  name: 'Concat',
  infer: (inputs, attributes) => {
    const axis = numberAttribute(attributes, 'axis');
    const [head] = inputs as readonly [Node];
    for (const { shape } of inputs) {
      if (shape.length !== head.shape.length || shape.some((dimension, at) => at !== axis && dimension !== head.shape[at])) {
        throw new FarziError('FARZI_SHAPE', `concat along axis ${axis} of [${head.shape.join(', ')}] and [${shape.join(', ')}]`);
      }
    }
    const total = inputs.reduce((length, input) => length + (input.shape[axis] as number), 0);
    return { shape: head.shape.map((dimension, at) => (at === axis ? total : dimension)), dtype: head.dtype };
  },
  gradient: (node, cotangent) => {
    const axis = numberAttribute(node.attributes, 'axis');
    let offset = 0;
    return node.inputs.map((input) => {
      const begin = input.shape.map((_, at) => (at === axis ? offset : 0));
      offset += input.shape[axis] as number;
      return e.slice(cotangent, begin, input.shape);
    });
  },
  simplify: (inputs) => (inputs.length === 1 ? inputs[0] : undefined),
  onnx: (node, inputs, emitter) => emitter.emit('Concat', inputs, { axis: numberAttribute(node.attributes, 'axis') }),
  tfjs: (tf, node, inputs) => tf.concat([...inputs], numberAttribute(node.attributes, 'axis')),
};

const broadcastTo: OpDefinition = {
  name: 'BroadcastTo',
  infer: ([x], attributes) => {
    const shape = listAttribute(attributes, 'shape');
    if (!same(broadcastShape('BroadcastTo', (x as Node).shape, shape), shape)) {
      throw new FarziError('FARZI_SHAPE', `[${(x as Node).shape.join(', ')}] does not broadcast to [${shape.join(', ')}]`);
    }
    return { shape, dtype: (x as Node).dtype };
  },
  gradient: (node, cotangent) => [e.sumTo(cotangent, (node.inputs[0] as Node).shape)],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs as readonly [Node];
    const { shape } = broadcastTo.infer(inputs, attributes);
    if (same(shape, x.shape)) return x;
    const value = e.fillValue(x);
    return value === undefined ? undefined : graph.fill(value, shape, x.dtype);
  },
  onnx: (node, [x], emitter) => emitter.emit('Expand', [x as string, emitter.integers(node.shape)]),
  tfjs: (tf, node, inputs) => tf.broadcastTo(first(inputs), [...node.shape]),
};

const reverse: OpDefinition = {
  name: 'Reverse',
  infer: ([x]) => ({ shape: (x as Node).shape, dtype: (x as Node).dtype }),
  gradient: (node, cotangent) => [node.graph.apply('Reverse', [cotangent], node.attributes)],
  onnx: (node, [x], emitter) => {
    const axes = list(node, 'axes');
    return emitter.emit('Slice', [
      x as string,
      emitter.integers(axes.map(() => -1)),
      emitter.integers(axes.map((axis) => -(node.shape[axis] as number) - 1)),
      emitter.integers(axes),
      emitter.integers(axes.map(() => -1)),
    ]);
  },
  tfjs: (tf, node, inputs) => tf.reverse(first(inputs), list(node, 'axes')),
};

/** Parts of `x` along an axis. */
function split(x: Node, axis: number, sizes: readonly number[]): Node[] {
  let offset = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, at) => (at === axis ? offset : 0));
    offset += size;
    return e.slice(
      x,
      begin,
      x.shape.map((dimension, at) => (at === axis ? size : dimension)),
    );
  });
}

function axisOf(attributes: Readonly<Record<string, unknown>>, rank: number, name = 'axis'): number {
  const axis = numberAttribute(attributes, name);
  return axis < 0 ? axis + rank : axis;
}

/** A tile is a broadcast along new axes. */
function tile(x: Node, repetitions: readonly number[]): Node {
  const broad = x.shape.flatMap((dimension, axis) => [repetitions[axis] as number, dimension]);
  const spread = e.broadcastTo(
    e.reshape(
      x,
      x.shape.flatMap((dimension) => [1, dimension]),
    ),
    broad,
  );
  return e.reshape(
    spread,
    x.shape.map((dimension, axis) => dimension * (repetitions[axis] as number)),
  );
}

function recordSlice(inputs: KernelInputs, attributes: Readonly<Record<string, unknown>>): Node {
  const x = inputs.get('x');
  const begin = x.shape.map((_, axis) => listAttribute(attributes, 'begin')[axis] ?? 0);
  const size = x.shape.map((dimension, axis) => {
    const given = listAttribute(attributes, 'size')[axis] ?? -1;
    return given === -1 ? dimension - (begin[axis] as number) : given;
  });
  return e.slice(x, begin, size);
}

/** Only what `tensor.slice` could say too: a stride other than 1 has no rule. */
function recordStridedSlice(inputs: KernelInputs, attributes: Readonly<Record<string, unknown>>): Node {
  const x = inputs.get('x');
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'];
  const strides = attributes['strides'];
  if (masks.some((mask) => Number(attributes[mask] ?? 0) !== 0) || (Array.isArray(strides) && strides.some((stride) => stride !== 1))) {
    throw new FarziError('FARZI_UNKNOWN_OP', 'tf.stridedSlice with masks or strides has no rule', {
      hint: 'Use tf.slice, tf.reverse or tf.gather.',
    });
  }
  // negative positions count from the end, and none is beyond it
  const position = (at: number, dimension: number): number => Math.min(dimension, Math.max(0, at < 0 ? at + dimension : at));
  const begin = x.shape.map((dimension, axis) => position(listAttribute(attributes, 'begin')[axis] ?? 0, dimension));
  const end = x.shape.map((dimension, axis) => position(listAttribute(attributes, 'end')[axis] ?? dimension, dimension));
  return e.slice(
    x,
    begin,
    end.map((to, axis) => Math.max(0, to - (begin[axis] as number))),
  );
}

/** Ops that move elements without computing with them. */
export const shape: OpFamily = {
  ops: [reshape, transpose, slice, pad, concat, broadcastTo, reverse],
  kernels: {
    Reshape: (inputs, attributes) => e.reshape(inputs.get('x'), listAttribute(attributes, 'shape')),
    ExpandDims: (inputs, attributes) => {
      const x = inputs.get('input');
      const at = axisOf(attributes, x.shape.length + 1, 'dim');
      return e.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
    },
    Transpose: (inputs, attributes) => e.transpose(inputs.get('x'), listAttribute(attributes, 'perm')),
    Slice: recordSlice,
    StridedSlice: recordStridedSlice,
    PadV2: (inputs, attributes) => {
      const paddings = attributes['paddings'] as readonly (readonly [number, number])[];
      return e.pad(
        inputs.get('x'),
        paddings.map(([before]) => before),
        paddings.map(([, after]) => after),
        Number(attributes['constantValue'] ?? 0),
      );
    },
    Concat: (inputs, attributes) => {
      const parts = inputs.list.filter((part) => sizeOf(part.shape) > 0);
      return e.concat(parts, axisOf(attributes, (parts[0] as Node).shape.length));
    },
    Pack: (inputs, attributes) => {
      const rank = (inputs.list[0] as Node).shape.length + 1;
      const at = axisOf(attributes, rank);
      return e.concat(
        inputs.list.map((part) => e.reshape(part, [...part.shape.slice(0, at), 1, ...part.shape.slice(at)])),
        at,
      );
    },
    Unpack: (inputs, attributes) => {
      const x = inputs.get('value');
      const axis = axisOf(attributes, x.shape.length);
      const rest = x.shape.filter((_, at) => at !== axis);
      return split(x, axis, new Array<number>(x.shape[axis] as number).fill(1)).map((part) => e.reshape(part, rest));
    },
    SplitV: (inputs, attributes) => {
      const x = inputs.get('x');
      const axis = axisOf(attributes, x.shape.length);
      const given = attributes['numOrSizeSplits'];
      const total = x.shape[axis] as number;
      const sizes = typeof given === 'number' ? new Array<number>(given).fill(total / given) : listAttribute(attributes, 'numOrSizeSplits');
      const known = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
      return split(
        x,
        axis,
        sizes.map((size) => (size === -1 ? total - known : size)),
      );
    },
    Tile: (inputs, attributes) => tile(inputs.get('x'), listAttribute(attributes, 'reps')),
    Reverse: (inputs, attributes, graph: Graph) => {
      const x = inputs.get('x');
      const axes = attributes['dims'] === undefined ? x.shape.map((_, axis) => axis) : listAttribute(attributes, 'dims');
      return graph.apply('Reverse', [x], { axes: axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)) });
    },
    BroadcastTo: (inputs, attributes) => e.broadcastTo(inputs.get('x'), listAttribute(attributes, 'shape')),
  },
};
