import { expect, it } from 'vitest';
import { errorOf } from '../../../test/allclose.js';
import * as e from '../../program/expressions.js';
import { Graph } from '../../program/graph.js';
import { program } from '../../program/program.js';
import { lower } from './lower.js';

it('refuses a program that reads what it does not compute, instead of leaving an input out', async () => {
  const x = new Graph().input('x', []);
  const whole = program('step', [x], { y: e.exp(e.tanh(x)) });
  const torn = { ...whole, nodes: whole.nodes.filter(({ op }) => op !== 'Tanh') };
  expect(await errorOf(() => lower(torn))).toMatchObject({
    code: 'FARZI_INTERNAL',
    message: expect.stringMatching(/^The program step reads Tanh#\d+ before it is computed\.$/) as string,
  });
});
