import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Node, type OpDefinition, sameShape, sizeOf } from '../node.js';
import { axisOf, type KernelInputs, listAttribute, listOf, numberAttribute, type OpFamily } from './definition.js';

const slice: OpDefinition<readonly [Node]> = {
  name: 'Slice',
  infer: ([x], attributes) => {
    const [begin, size] = [listAttribute(attributes, 'begin'), listAttribute(attributes, 'size')];
    x.shape.forEach((dimension, axis) => {
      if ((begin[axis] ?? 0) < 0 || (size[axis] ?? 0) < 0 || (begin[axis] ?? 0) + (size[axis] ?? 0) > dimension) {
        throw new FarziError(
          'FARZI_SHAPE',
          `A slice from [${begin.join(', ')}] of size [${size.join(', ')}] leaves the shape [${x.shape.join(', ')}].`,
        );
      }
    });
    return { shape: size, dtype: x.dtype };
  },
  gradient: (node, cotangent) => {
    const [x] = node.inputs as readonly [Node];
    const begin = listOf(node, 'begin');
    return [
      e.pad(
        cotangent,
        begin,
        x.shape.map((dimension, axis) => dimension - (begin[axis] as number) - (node.shape[axis] as number)),
      ),
    ];
  },
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs;
    const { shape: size } = slice.infer(inputs, attributes);
    if (sameShape(size, x.shape)) return x;
    const value = e.fillValue(x);
    return value === undefined ? undefined : graph.fill(value, size, x.dtype);
  },
  onnx: (node, [x], emitter) => {
    const begin = listOf(node, 'begin');
    const end = begin.map((from, axis) => from + (node.shape[axis] as number));
    return emitter.emit('Slice', [x, emitter.integers(begin), emitter.integers(end), emitter.integers(begin.map((_, axis) => axis))]);
  },
  tfjs: (tf, node, inputs) => tf.slice(inputs[0], listOf(node, 'begin'), listOf(node, 'size')),
};

const pad: OpDefinition<readonly [Node]> = {
  name: 'Pad',
  infer: ([x], attributes) => {
    const [before, after] = [listAttribute(attributes, 'before'), listAttribute(attributes, 'after')];
    return {
      shape: x.shape.map((dimension, axis) => dimension + (before[axis] ?? 0) + (after[axis] ?? 0)),
      dtype: x.dtype,
    };
  },
  gradient: (node, cotangent) => [e.slice(cotangent, listOf(node, 'before'), node.inputs[0].shape)],
  simplify: ([x], attributes) =>
    [...listAttribute(attributes, 'before'), ...listAttribute(attributes, 'after')].every((count) => count === 0) ? x : undefined,
  onnx: (node, [x], emitter) =>
    emitter.emit(
      'Pad',
      [
        x,
        emitter.integers([...listOf(node, 'before'), ...listOf(node, 'after')]),
        emitter.scalar(numberAttribute(node.attributes, 'value')),
      ],
      { mode: 'constant' },
    ),
  tfjs: (tf, node, inputs) => {
    const after = listOf(node, 'after');
    const pads = listOf(node, 'before').map((count, axis): [number, number] => [count, after[axis] as number]);
    return tf.pad(inputs[0], pads, numberAttribute(node.attributes, 'value'));
  },
};

const concat: OpDefinition<readonly [Node, ...Node[]]> = {
  name: 'Concat',
  infer: (inputs, attributes) => {
    const axis = numberAttribute(attributes, 'axis');
    const [head] = inputs as readonly [Node];
    for (const { shape } of inputs) {
      if (shape.length !== head.shape.length || shape.some((dimension, at) => at !== axis && dimension !== head.shape[at])) {
        throw new FarziError(
          'FARZI_SHAPE',
          `The op concat cannot join [${head.shape.join(', ')}] and [${shape.join(', ')}] along axis ${axis}.`,
        );
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
    throw new FarziError('FARZI_UNKNOWN_OP', 'The op tf.stridedSlice with masks or strides has no rule.', {
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

/** Ops that take parts out, put parts together, and pad. */
export const slicing: OpFamily = {
  ops: [slice, pad, concat],
  kernels: {
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
  },
};
