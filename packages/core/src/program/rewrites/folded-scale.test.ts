import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { foldedScale } from './folded-scale.js';

describe('folded-scale', () => {
  testRewrite(foldedScale, {
    find: {
      'a number times a number times a value': (input) => e.multiply(2, e.multiply(3, input('x', [2, 3]))),
      'a value times numbers from the right': (input) => e.multiply(e.multiply(input('x', [2, 3]), 0.5), 4),
      'a number times a negated value': (input) => e.multiply(-2, e.negate(input('x', [2, 3]))),
    },
    leave: {
      'a value times a number times a value': (input) => e.multiply(input('y', [2, 3]), e.multiply(3, input('x', [2, 3]))),
      'numbers that spread a value': (input, graph) => e.multiply(2, e.multiply(graph.fill(3, [4, 3]), input('x', [1, 3]))),
    },
  });
});
