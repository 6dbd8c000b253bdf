import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { rowScale } from './row-scale.js';

describe('row-scale', () => {
  testRewrite(rowScale, {
    find: {
      'scaled rows times a narrow matrix': (input) => e.matMul(e.multiply(input('x', [4, 6]), input('s', [4, 1])), input('b', [6, 2])),
      'scaled rows times a transposed narrow matrix': (input) =>
        e.matMul(e.multiply(input('s', [4, 1]), input('x', [4, 6])), input('b', [2, 6]), false, true),
      'transposed scaled rows times a narrow matrix': (input) =>
        e.matMul(e.multiply(input('x', [4, 6]), input('s', [4, 1])), input('b', [4, 2]), true),
      'a transposed narrow matrix times scaled rows': (input) =>
        e.matMul(input('a', [4, 2]), e.multiply(input('x', [4, 6]), input('s', [4, 1])), true),
    },
    leave: {
      'scaled rows times a wide matrix': (input) => e.matMul(e.multiply(input('x', [4, 2]), input('s', [4, 1])), input('b', [2, 6])),
      'scaled columns': (input) => e.matMul(e.multiply(input('x', [4, 6]), input('s', [1, 6])), input('b', [6, 2])),
    },
  });
});
