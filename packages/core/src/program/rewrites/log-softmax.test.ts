import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { logSoftmax } from './log-softmax.js';
import type { Node } from '../node.js';

const composed = (x: Node, axis: number, keep = true): Node => {
  const shifted = e.subtract(x, e.max(x, [axis], true));
  const total = e.log(e.sum(e.exp(shifted), [axis], keep));
  return e.subtract(shifted, total);
};

describe('log-softmax', () => {
  testRewrite(logSoftmax, {
    makes: 'LogSoftmax',
    find: {
      'the composition over the last axis': (input) => composed(input('x', [2, 4]), 1),
      'the same of a value with three axes': (input) => composed(input('x', [2, 2, 3]), 2),
    },
    leave: {
      'the composition over another axis': (input) => composed(input('x', [3, 3]), 0),
      'one whose sum loses its axis': (input) => composed(input('x', [3, 3]), 1, false),
      'one that is shifted by another value': (input) => {
        const [x, y] = [input('x', [2, 3]), input('y', [2, 3])];
        const shifted = e.subtract(x, e.max(y, [1], true));
        return e.subtract(shifted, e.log(e.sum(e.exp(shifted), [1], true)));
      },
    },
  });
});
