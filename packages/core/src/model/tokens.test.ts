import type * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf, valuesOf } from '../../test/engine.js';
import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { recordOn } from '../program/record.js';
import { embed, lengthOf } from './tokens.js';

const [BATCH, LENGTH, VOCABULARY, WIDTH] = [2, 3, 5, 4];
const tableValues = Array.from({ length: VOCABULARY * WIDTH }, (_, index) => Math.sin(index));

function nodes() {
  const graph = new Graph();
  return {
    graph,
    table: graph.input('table', [VOCABULARY, WIDTH]),
    ids: graph.input('ids', [BATCH, LENGTH], 'int32'),
    probabilities: graph.input('probabilities', [BATCH, LENGTH, VOCABULARY]),
  };
}

function embedded(kind: 'hard' | 'soft', { graph, table, ids, probabilities }: ReturnType<typeof nodes>): Node {
  const { y } = recordOn(graph, { table, tokens: kind === 'hard' ? ids : probabilities }, (tensors) => {
    const tokens =
      kind === 'hard'
        ? ({ kind, ids: tensors.tokens as tf.Tensor2D } as const)
        : ({ kind, probabilities: tensors.tokens as tf.Tensor3D } as const);
    expect(lengthOf(tokens)).toBe(LENGTH);
    return { y: embed(tokens, tensors.table as tf.Tensor2D) };
  });
  return y;
}

describe('embed', () => {
  it('reads rows of the table for ids, and the same for their one-hot distributions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(VOCABULARY - 1), { minLength: 6, maxLength: 6 }), async (ids) => {
        const given = nodes();
        const hard = embedded('hard', given);
        expect(hard.shape).toEqual([BATCH, LENGTH, WIDTH]);
        const probabilities = ids.flatMap((id) => Array.from({ length: VOCABULARY }, (_, token) => Number(token === id)));
        const rows = ids.flatMap((id) => tableValues.slice(id * WIDTH, (id + 1) * WIDTH));
        const soft = embedded('soft', given);
        expect(soft.shape).toEqual(hard.shape);
        const results = await valuesOf({ hard, soft }, { table: tableValues, ids, probabilities });
        expectAllClose(results.hard, rows, 1e-6);
        expectAllClose(results.soft, rows, 1e-6);
      }),
      { numRuns: 10 },
    );
  });

  it('is the expectation of the table under a distribution, and differentiable with respect to it', async () => {
    const given = nodes();
    const soft = embedded('soft', given);
    const mixed = Array.from({ length: 6 }, () => [0.5, 0.25, 0.25, 0, 0]).flat();
    const values = await valueOf(soft, { table: tableValues, probabilities: mixed });
    const expected = Array.from({ length: WIDTH }, (_, at) =>
      [0, 1, 2].reduce((sum, row) => sum + (mixed[row] ?? 0) * (tableValues[row * WIDTH + at] ?? 0), 0),
    );
    expectAllClose(values.slice(-WIDTH), expected, 1e-6);
    const [slope] = gradients(e.sum(soft), [given.probabilities]);
    const sums = Array.from({ length: VOCABULARY }, (_, row) =>
      tableValues.slice(row * WIDTH, (row + 1) * WIDTH).reduce((a, b) => a + b, 0),
    );
    expectAllClose(await valueOf(slope, { table: tableValues, probabilities: mixed }), Array.from({ length: 6 }, () => sums).flat(), 1e-6);
  });
});
