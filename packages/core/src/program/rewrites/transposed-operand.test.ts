import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { transposedOperand } from './transposed-operand.js';

describe('transposed-operand', () => {
  testRewrite(transposedOperand, {
    drops: 'Transpose',
    find: {
      'a transposed left operand': (input) => e.matMul(e.transpose(input('a', [3, 2]), [1, 0]), input('b', [3, 4])),
      'a transposed right operand': (input) => e.matMul(input('a', [2, 3]), e.transpose(input('b', [4, 3]), [1, 0])),
      'one that the product transposes again': (input) =>
        e.matMul(input('a', [2, 3]), e.transpose(input('b', [3, 4]), [1, 0]), false, true),
      'the last two axes of batches': (input) => e.matMul(input('a', [2, 2, 3]), e.transpose(input('b', [2, 4, 3]), [0, 2, 1])),
    },
    leave: {
      'other axes of batches': (input) => e.matMul(e.transpose(input('a', [3, 2, 4]), [1, 0, 2]), input('b', [2, 4, 2])),
    },
  });
});
