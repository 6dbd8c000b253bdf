import { expect, it } from 'vitest';
import { expectAllClose } from '../../../test/allclose.js';
import { engine } from '../../../test/engine.js';
import { RandomStream } from '../../random/stream.js';
import { CACHE_CHUNKS, DEVICE_CHUNKS } from '../chunk-limits.js';
import * as e from '../expressions.js';
import { gradients } from '../gradients.js';
import { Graph } from '../graph.js';
import { type Program, sizeOf } from '../node.js';
import { program } from '../program.js';
import { chunksOf } from './chunks.js';
import { softCrossEntropyLoss } from './cross-entropy.js';
import { softEmbedded } from './soft-embedding.js';

it.each([
  { rows: 2500, vocabulary: 1682, limits: CACHE_CHUNKS, sizes: [500, 500, 500, 500, 500] },
  { rows: 2500, vocabulary: 1682, limits: DEVICE_CHUNKS, sizes: [2500] },
  { rows: 100, vocabulary: 60_000, limits: CACHE_CHUNKS, sizes: [34, 34, 32] },
  { rows: 100, vocabulary: 60_000, limits: DEVICE_CHUNKS, sizes: [100] },
  { rows: 3, vocabulary: 2 ** 25, limits: DEVICE_CHUNKS, sizes: [1, 1, 1] },
])('$rows rows of $vocabulary with limits $limits', ({ rows, vocabulary, limits, sizes }) => {
  expect(chunksOf(rows, vocabulary, limits).map(([, count]) => count)).toEqual(sizes);
});

/** A loss of soft inputs and soft targets, and a Hessian-vector product. */
function lossAndCurvature(): Program<'loss' | 'curvature'> {
  const [rows, vocabulary, width, rank] = [1100, 6, 3, 2];
  const graph = new Graph();
  const [latents, decoder, table, weights] = [
    graph.input('latents', [rows, rank]),
    graph.input('decoder', [rank, vocabulary]),
    graph.input('table', [vocabulary, width]),
    graph.input('weights', [rows]),
  ];
  const hidden = e.tanh(softEmbedded(latents, decoder, table));
  const loss = softCrossEntropyLoss([hidden, table, weights, latents, decoder]);
  const [gradient] = gradients(loss, [table]);
  const [curvature] = gradients(e.sum(e.square(gradient)), [table]);
  return program('loss and curvature', [latents, decoder, table, weights], { loss, curvature });
}

it('other chunks are fewer nodes with the same values', async () => {
  const inCache = lossAndCurvature();
  const onDevice = inCache.inChunks(DEVICE_CHUNKS);
  expect(onDevice.nodes.length).toBeLessThan(0.6 * inCache.nodes.length);
  const stream = new RandomStream(1, 'chunks');
  const inputs = Object.fromEntries(
    inCache.inputs.map(({ attributes, shape }) => {
      const values = stream.child(String(attributes['name'])).normal(sizeOf(shape));
      return [String(attributes['name']), engine.upload(values, shape)];
    }),
  );
  const [expected, actual] = await Promise.all(
    [inCache, onDevice].map(async (each) => {
      const outputs = await (await engine.compile(each)).run(inputs);
      return [await engine.download(outputs.loss), await engine.download(outputs.curvature)] as const;
    }),
  );
  expectAllClose(actual?.[0] ?? [], expected?.[0] ?? [], 1e-4);
  expectAllClose(actual?.[1] ?? [], expected?.[1] ?? [], 1e-4);
});
