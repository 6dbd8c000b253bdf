import { describe } from 'vitest';
import { testRewrite } from '../../../test/rewriting.js';
import * as e from '../expressions.js';
import { softEmbedded } from '../macros/soft-embedding.js';
import { gradients } from '../gradients.js';
import type { Node } from '../node.js';
import { joinedGradients } from './joined-gradients.js';

type Inputs = (name: string, shape: readonly number[]) => Node;

/** The derivative of two embeddings, of the same distributions or not, with respect to one of their factors. */
function derivative(input: Inputs, of: 'latents' | 'decoder', sameLatents: boolean): Node {
  const [latents, decoder] = [input('l', [4, 2]), input('d', [2, 5])];
  const others = sameLatents ? latents : e.tanh(latents);
  const first = e.sum(e.multiply(softEmbedded(latents, decoder, input('t', [5, 3])), input('c', [4, 3])));
  const second = e.sum(e.multiply(softEmbedded(others, decoder, input('u', [5, 2])), input('k', [4, 2])));
  return gradients(e.add(first, second), [of === 'latents' ? latents : decoder])[0];
}

describe('joined-gradients', () => {
  testRewrite(joinedGradients, {
    find: {
      'derivatives with respect to latents': (input) => derivative(input, 'latents', true),
      'derivatives with respect to the decoder': (input) => derivative(input, 'decoder', true),
    },
    leave: {
      'derivatives of embeddings of other distributions': (input) => derivative(input, 'decoder', false),
    },
  });
});
