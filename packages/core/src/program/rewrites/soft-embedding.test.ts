import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { softEmbedding } from './soft-embedding.js';

describe('soft-embedding', () => {
  testRewrite(softEmbedding, {
    makes: 'SoftEmbedding',
    find: {
      'distributions times a table': (input) => e.matMul(e.softmax(e.matMul(input('l', [4, 2]), input('d', [2, 5]))), input('t', [5, 3])),
      'the same through changes of shape': (input) => {
        const logits = e.reshape(e.matMul(input('l', [4, 2]), input('d', [2, 5])), [2, 2, 5]);
        return e.matMul(e.reshape(e.softmax(logits), [4, 5]), input('t', [5, 3]));
      },
    },
    leave: {
      'distributions times a transposed table': (input) =>
        e.matMul(e.softmax(e.matMul(input('l', [4, 2]), input('d', [2, 5]))), input('t', [3, 5]), false, true),
      'distributions that are no product': (input) => e.matMul(e.softmax(input('l', [4, 5])), input('t', [5, 3])),
      'a change of shape that mixes rows': (input) => {
        const logits = e.matMul(input('l', [4, 2]), input('d', [2, 6]));
        return e.matMul(e.reshape(e.softmax(e.reshape(logits, [8, 3])), [4, 6]), input('t', [6, 3]));
      },
    },
  });
});
