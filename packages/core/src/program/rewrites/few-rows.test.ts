import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import type { Node, NodeGraph } from '../node.js';
import { fewRows } from './few-rows.js';

const rows = (graph: NodeGraph, ...at: readonly number[]): Node => graph.constant(Int32Array.from(at), [at.length], 'int32');

/**
 * The number of rows that a product is computed for shows in the shapes, not in the ops: the other operand is gathered,
 * too.
 */
describe('few-rows', () => {
  testRewrite(fewRows, {
    find: {
      'two rows of a sum': (input, graph) => e.gather(e.add(input('a', [6, 2]), input('b', [6, 2])), rows(graph, 4, 1)),
      'two rows of a normalised sum of products': (input, graph) =>
        e.gather(e.tanh(e.add(e.matMul(input('a', [6, 3]), input('b', [3, 2])), input('c', [6, 2]))), rows(graph, 0, 5)),
    },
    leave: {
      'most rows of a sum': (input, graph) => e.gather(e.add(input('a', [4, 2]), input('b', [4, 2])), rows(graph, 3, 0, 2)),
      'rows of a softmax over other rows': (input, graph) =>
        e.gather(e.transpose(e.softmax(input('a', [3, 6])), [1, 0]), rows(graph, 1, 2)),
      'rows of a transposed product': (input, graph) => e.gather(e.matMul(input('a', [3, 6]), input('b', [3, 2]), true), rows(graph, 1, 2)),
    },
  });
});
