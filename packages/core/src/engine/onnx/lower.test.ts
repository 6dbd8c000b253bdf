import { fromBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { errorOf } from '../../../test/allclose.js';
import * as e from '../../program/expressions.js';
import { Graph } from '../../program/graph.js';
import { program } from '../../program/program.js';
import { ModelProtoSchema } from './generated/onnx_pb.js';
import { lower } from './lower.js';

it('refuses a program that reads what it does not compute, instead of leaving an input out', async () => {
  const x = new Graph().input('x', []);
  const whole = program('step', [x], { y: e.exp(e.tanh(x)) });
  const torn = { ...whole, nodes: whole.nodes.filter(({ op }) => op !== 'Tanh') };
  expect(await errorOf(() => lower(torn))).toMatchObject({
    code: 'FARZI_INTERNAL',
    message: expect.stringMatching(/^program step reads Tanh#\d+ before it is computed$/) as string,
  });
});

it('writes a model that the schema reads back, with the names of inputs and outputs', () => {
  const x = new Graph().input('x', [2, 3]);
  const { irVersion, graph } = fromBinary(ModelProtoSchema, lower(program('step', [x], { y: e.tanh(x) })));
  expect(irVersion).toBe(8n);
  expect(graph?.node.map(({ opType, input, output }) => [opType, input, output])).toEqual([['Tanh', ['in:x'], ['out:y']]]);
  expect(graph?.input[0]?.type?.value).toMatchObject({
    case: 'tensorType',
    value: { elemType: 1, shape: { dim: [{ value: { value: 2n } }, { value: { value: 3n } }] } },
  });
});
