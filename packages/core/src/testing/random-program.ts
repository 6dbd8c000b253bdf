import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import { RandomStream } from '../random/stream.js';

const ROWS = 3;
const COLUMNS = 4;
const OPS = 14;

/** Smooth functions of one or two `[3, 4]` values whose results stay of size 1 and keep the shape. */
const builders: readonly ((a: Node, b: Node, ids: Node) => Node)[] = [
  (a) => e.tanh(a),
  (a) => e.sigmoid(a),
  (a) => e.softmax(a),
  (a) => e.exp(e.minimum(a, 1)),
  (a, b) => e.add(a, b),
  (a, b) => e.multiply(0.5, e.subtract(a, b)),
  (a, b) => e.multiply(a, e.tanh(b)),
  (a, b) => e.divide(a, e.add(1.5, e.square(b))),
  (a, b) => e.matMul(e.matMul(a, b, false, true), e.multiply(0.1, a)),
  (a) => e.subtract(a, e.mean(a, [1], true)),
  (a) => e.transpose(e.reshape(a, [COLUMNS, ROWS]), [1, 0]),
  (a, b) => e.concat([e.slice(a, [0, 0], [ROWS, 2]), e.slice(b, [0, 2], [ROWS, 2])], 1),
  (a, _b, ids) => e.gather(a, ids),
  (a, b, ids) => e.add(e.multiply(0.3, e.segmentSum(a, ids, ROWS)), b),
  (a, b) => e.select(e.greater(a, b), a, e.sin(b)),
  (a, b) => e.add(a, e.multiply(0.1, e.reshape(e.logSumExp(b), [ROWS, 1]))),
];

/**
 * A program of random ops with its gradients: inputs `x`, `y` float32 `[3, 4]` and `ids` int32 `[3]`. The same seed
 * gives the same program.
 */
export function randomProgram(seed: number): Program {
  const stream = new RandomStream(seed, 'random program');
  const graph = new Graph();
  const [x, y, ids] = [graph.input('x', [ROWS, COLUMNS]), graph.input('y', [ROWS, COLUMNS]), graph.input('ids', [ROWS], 'int32')];
  const values: Node[] = [x, y];
  const any = (): Node => values[stream.integer(values.length)] as Node;
  for (let made = 0; made < OPS; made++) {
    const build = builders[stream.integer(builders.length)] as (typeof builders)[number];
    // the latest is always used, so that programs are deep
    values.push(build(values.at(-1) as Node, any(), ids));
  }
  const outputs = { last: values.at(-1) as Node, other: any() };
  const [toX, toY] = gradients(e.mean(e.square(outputs.last)), [x, y]);
  return program(`random program ${seed}`, [x, y, ids], { ...outputs, toX, toY });
}
