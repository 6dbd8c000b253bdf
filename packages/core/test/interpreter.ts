import { listOf } from '../src/program/ops/definition.js';
import { type Node, sizeOf } from '../src/program/node.js';
import { reachable } from '../src/program/walk.js';

/** Values in float64, row-major. */
type Values = Float64Array;

const strides = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** For every element of `shape`, its index in each axis. */
function* places(shape: readonly number[]): Generator<number[]> {
  const steps = strides(shape);
  for (let index = 0; index < sizeOf(shape); index++) yield steps.map((step, axis) => Math.floor(index / step) % (shape[axis] as number));
}

const offset = (place: readonly number[], shape: readonly number[]): number =>
  strides(shape).reduce((sum, step, axis) => sum + step * (place[axis] as number), 0);

/** Where an element of a broadcast result is in an operand. */
function broadcastOffset(place: readonly number[], shape: readonly number[]): number {
  const own = place.slice(place.length - shape.length).map((at, axis) => (shape[axis] === 1 ? 0 : at));
  return offset(own, shape);
}

const scalars: Readonly<Record<string, (...operands: number[]) => number>> = {
  Add: (a = 0, b = 0) => a + b,
  Sub: (a = 0, b = 0) => a - b,
  Multiply: (a = 0, b = 0) => a * b,
  RealDiv: (a = 0, b = 0) => a / b,
  Neg: (a = 0) => -a,
  Exp: (a = 0) => Math.exp(a),
  Tanh: (a = 0) => Math.tanh(a),
  Sigmoid: (a = 0) => 1 / (1 + Math.exp(-a)),
  Reciprocal: (a = 0) => 1 / a,
  Sin: (a = 0) => Math.sin(a),
  Cos: (a = 0) => Math.cos(a),
  Leaf: (a = 0) => a,
  Reshape: (a = 0) => a,
};

/** Computes some nodes in float64, op by op, as the definitions of the ops say. */
export class Interpreter {
  /** @param inputs - values of inputs by name */
  constructor(private readonly inputs: Readonly<Record<string, readonly number[]>>) {}

  values(roots: readonly Node[]): Values[] {
    const known = new Map<Node, Values>();
    for (const node of [...reachable(roots)].sort((a, b) => a.id - b.id)) {
      const operands = node.inputs.map((input) => known.get(input) as Values);
      known.set(node, this.#compute(node, operands));
    }
    return roots.map((root) => known.get(root) as Values);
  }

  #compute(node: Node, operands: readonly Values[]): Values {
    const { op, shape, attributes, inputs } = node;
    const [x, y] = operands as [Values, Values];
    const [a, b] = inputs as [Node, Node];
    const each = (value: (place: number[]) => number): Values => Float64Array.from(places(shape), value);
    if (op === 'Reshape' || op === 'Leaf' || op === 'StopGradient') return x.slice();
    const scalar = scalars[op];
    if (scalar !== undefined)
      return each((place) => scalar(...operands.map((values, at) => values[broadcastOffset(place, (inputs[at] as Node).shape)] as number)));
    switch (op) {
      case 'Input':
        return Float64Array.from(this.inputs[String(attributes['name'])] ?? []);
      case 'Fill':
        return new Float64Array(sizeOf(shape)).fill(Number(attributes['value']));
      case 'Constant':
        return Float64Array.from(node.values ?? []);
      case 'BroadcastTo':
        return each((place) => x[broadcastOffset(place, a.shape)] as number);
      case 'Transpose': {
        const permutation = listOf(node, 'permutation');
        return each(
          (place) =>
            x[
              offset(
                a.shape.map((_, axis) => place[permutation.indexOf(axis)] as number),
                a.shape,
              )
            ] as number,
        );
      }
      case 'Slice': {
        const begin = listOf(node, 'begin');
        return each(
          (place) =>
            x[
              offset(
                place.map((at, axis) => at + (begin[axis] as number)),
                a.shape,
              )
            ] as number,
        );
      }
      case 'Pad': {
        const before = listOf(node, 'before');
        return each((place) => {
          const inside = place.map((at, axis) => at - (before[axis] as number));
          return inside.every((at, axis) => at >= 0 && at < (a.shape[axis] as number)) ? (x[offset(inside, a.shape)] as number) : 0;
        });
      }
      case 'Concat': {
        const axis = Number(attributes['axis']);
        return each((place) => {
          let at = place[axis] as number;
          const part = inputs.findIndex(({ shape: own }) => {
            if (at < (own[axis] as number)) return true;
            at -= own[axis] as number;
            return false;
          });
          return (operands[part] as Values)[offset(place.with(axis, at), (inputs[part] as Node).shape)] as number;
        });
      }
      case 'Sum': {
        const axes = listOf(node, 'axes');
        const kept = a.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
        const result = new Float64Array(sizeOf(shape));
        let index = 0;
        for (const place of places(a.shape)) {
          const into = offset(
            place.map((at, axis) => (axes.includes(axis) ? 0 : at)),
            kept,
          );
          result[into] = (result[into] as number) + (x[index++] as number);
        }
        return result;
      }
      case 'Softmax': {
        const columns = shape.at(-1) as number;
        const powers = x.map(Math.exp);
        return powers.map((power, index) => {
          const row = index - (index % columns);
          return power / powers.subarray(row, row + columns).reduce((sum, value) => sum + value, 0);
        });
      }
      case 'BatchMatMul': {
        const [ta, tb] = [attributes['transposeA'] === true, attributes['transposeB'] === true];
        const inner = a.shape[ta ? 0 : 1] as number;
        return each(([row = 0, column = 0]) => {
          let sum = 0;
          for (let k = 0; k < inner; k++)
            sum +=
              (x[offset(ta ? [k, row] : [row, k], a.shape)] as number) * (y[offset(tb ? [column, k] : [k, column], b.shape)] as number);
          return sum;
        });
      }
      default:
        throw new Error(`the interpreter knows no ${op}`);
    }
  }
}
