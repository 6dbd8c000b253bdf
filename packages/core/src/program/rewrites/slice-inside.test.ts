import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { sliceInside } from './slice-inside.js';

describe('slice-inside', () => {
  testRewrite(sliceInside, {
    find: {
      'a slice of a slice': (input) => e.slice(e.slice(input('x', [6]), [1], [4]), [1], [2]),
      'a slice inside of a padded value': (input) => e.slice(e.pad(input('x', [3]), [2], [2]), [3], [2]),
      'a slice of one part of a concatenation': (input) => e.slice(e.concat([input('x', [3]), input('y', [4])], 0), [4], [2]),
      'a slice of a sum of padded values': (input) =>
        e.slice(e.add(e.pad(input('x', [3]), [0], [3]), e.pad(input('y', [3]), [3], [0])), [3], [3]),
    },
    leave: {
      'a slice across the border of a padded value': (input) => e.slice(e.pad(input('x', [3]), [2], [2]), [1], [3]),
      'a slice across two parts': (input) => e.slice(e.concat([input('x', [3]), input('y', [4])], 0), [2], [3]),
      'a slice of a sum of other values': (input) => e.slice(e.add(input('x', [6]), input('y', [6])), [1], [2]),
    },
  });
});
