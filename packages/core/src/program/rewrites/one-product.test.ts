import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { oneProduct } from './one-product.js';

describe('one-product', () => {
  testRewrite(oneProduct, {
    makes: 'Reshape',
    find: {
      'batches times one matrix': (input) => e.matMul(input('a', [2, 3, 4]), input('b', [4, 5])),
      'batches times one transposed matrix': (input) => e.matMul(input('a', [2, 3, 4]), input('b', [5, 4]), false, true),
    },
    leave: {
      'batches times batches': (input) => e.matMul(input('a', [2, 3, 4]), input('b', [2, 4, 5])),
      'transposed batches': (input) => e.matMul(input('a', [2, 4, 3]), input('b', [4, 5]), true),
      'two matrices': (input) => e.matMul(input('a', [3, 4]), input('b', [4, 5])),
    },
  });
});
