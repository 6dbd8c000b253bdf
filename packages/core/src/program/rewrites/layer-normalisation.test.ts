import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import type { Node } from '../node.js';
import { layerNormalisation } from './layer-normalisation.js';

const written = (x: Node, axis = 1, other = x): Node => {
  const centred = e.subtract(x, e.mean(other, [axis], true));
  return e.multiply(centred, e.rsqrt(e.add(e.mean(e.square(centred), [axis], true), 1e-5)));
};

describe('layer-normalisation', () => {
  testRewrite(layerNormalisation, {
    makes: 'Normalise',
    find: {
      'rows brought to mean 0 and variance 1': (input) => written(input('x', [3, 4])),
      'the factors the other way round': (input) => {
        const x = input('x', [3, 4]);
        const centred = e.subtract(x, e.mean(x, [1], true));
        return e.multiply(e.rsqrt(e.add(1e-5, e.mean(e.square(centred), [1], true))), centred);
      },
    },
    leave: {
      'columns brought to mean 0 and variance 1': (input) => written(input('x', [3, 4]), 0),
      'rows that are centred by the mean of others': (input) => written(input('x', [3, 4]), 1, input('y', [3, 4])),
      'an epsilon that is no number': (input) => {
        const x = input('x', [3, 4]);
        const centred = e.subtract(x, e.mean(x, [1], true));
        return e.multiply(centred, e.rsqrt(e.add(e.mean(e.square(centred), [1], true), e.square(input('y', [1, 1])))));
      },
    },
  });
});
