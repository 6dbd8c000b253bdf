import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf, valuesOf } from '../../test/engine.js';
import { crossEntropy, oneHot, product, rowsOf, softmax, transposed } from '../../test/plain.js';
import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import { hardCrossEntropy, softCrossEntropy } from './cross-entropy.js';
import { type Predictions } from './traced-model.js';

const [BATCH, LENGTH, VOCABULARY, WIDTH] = [2, 3, 5, 4];
const ROWS = BATCH * LENGTH;
const stream = new RandomStream(11, 'objective');
const hidden = [...stream.normal(ROWS * WIDTH)];
const table = [...stream.normal(VOCABULARY * WIDTH)];
const logitRows = product(rowsOf(hidden, WIDTH), transposed(rowsOf(table, WIDTH)));

/** The same predictions as logits alone and as factors; both stand on the inputs `hidden` and `table`. */
function predictions(): { graph: Graph; plain: Predictions; factored: Predictions; hiddenNode: Node } {
  const graph = new Graph();
  const [hiddenNode, tableNode] = [graph.input('hidden', [ROWS, WIDTH]), graph.input('table', [VOCABULARY, WIDTH])];
  const logits = e.matMul(hiddenNode, tableNode, false, true);
  return { graph, hiddenNode, plain: { logits }, factored: { logits, factors: { hidden: hiddenNode, table: tableNode } } };
}

describe('cross-entropy', () => {
  const weightsOf = fc.array(fc.constantFrom(0, 1), { minLength: ROWS, maxLength: ROWS });

  it('against token ids is that of a plain computation, with and without factors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(VOCABULARY - 1), { minLength: ROWS, maxLength: ROWS }), weightsOf, async (ids, weights) => {
        const { graph, plain, factored } = predictions();
        const [targets, mask] = [graph.input('ids', [BATCH, LENGTH], 'int32'), graph.input('mask', [BATCH, LENGTH])];
        const nodes = { plain: hardCrossEntropy(plain, targets, mask), factored: hardCrossEntropy(factored, targets, mask) };
        const values = await valuesOf(nodes, { hidden, table, ids, mask: weights });
        const expected = crossEntropy(logitRows, oneHot(ids, VOCABULARY), weights);
        expectAllClose(values.plain, [expected], 1e-5);
        expectAllClose(values.factored, [expected], 1e-5);
      }),
      { numRuns: 15 },
    );
  });

  it('against distributions is that of a plain computation, with and without factors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), weightsOf, async (seed, weights) => {
        const targetRows = rowsOf(new RandomStream(seed, 'targets').normal(ROWS * VOCABULARY), VOCABULARY).map(softmax);
        const { graph, plain, factored } = predictions();
        const [targets, mask] = [graph.input('targets', [BATCH, LENGTH, VOCABULARY]), graph.input('mask', [BATCH, LENGTH])];
        const nodes = { plain: softCrossEntropy(plain, targets, mask), factored: softCrossEntropy(factored, targets, mask) };
        const values = await valuesOf(nodes, { hidden, table, targets: targetRows.flat(), mask: weights });
        const expected = crossEntropy(logitRows, targetRows, weights);
        expectAllClose(values.plain, [expected], 1e-5);
        expectAllClose(values.factored, [expected], 1e-5);
      }),
      { numRuns: 15 },
    );
  });

  it('does not depend on padded positions, whatever their targets are', async () => {
    const { graph, factored } = predictions();
    const [targets, mask] = [graph.input('ids', [BATCH, LENGTH], 'int32'), graph.input('mask', [BATCH, LENGTH])];
    const loss = hardCrossEntropy(factored, targets, mask);
    const at = async (padding: number): Promise<number[]> =>
      valueOf(loss, { hidden, table, ids: [1, 2, padding, 3, padding, padding], mask: [1, 1, 0, 1, 0, 0] });
    expect(await at(0)).toEqual(await at(4));
  });

  it('of logits has the derivative softmax(z) - p', async () => {
    const { graph, hiddenNode, factored, plain } = predictions();
    const targets = graph.input('targets', [BATCH, LENGTH, VOCABULARY]);
    const mask = graph.fill(1, [BATCH, LENGTH]);
    const targetRows = rowsOf(stream.child('gradient').normal(ROWS * VOCABULARY), VOCABULARY).map(softmax);
    const slopes = {
      plain: gradients(softCrossEntropy(plain, targets, mask), [hiddenNode])[0],
      factored: gradients(softCrossEntropy(factored, targets, mask), [hiddenNode])[0],
    };
    const values = await valuesOf(slopes, { hidden, table, targets: targetRows.flat() });
    const difference = logitRows.map((row, at) => softmax(row).map((value, token) => (value - (targetRows[at]?.[token] ?? 0)) / ROWS));
    const expected = product(difference, rowsOf(table, WIDTH)).flat();
    expectAllClose(values.plain, expected, 1e-5);
    expectAllClose(values.factored, expected, 1e-5);
  });
});
