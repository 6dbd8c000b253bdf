import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engine, valueOf, valuesOf } from '../../test/engine.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { record } from '../program/record.js';
import { RandomStream } from '../random/stream.js';
import { initialParameters, joinParameters, layoutOf, parameterRecord, splitParameters } from './layout.js';
import { constant, normal, type ParameterSpecs } from './parameters.js';

const specs = {
  embedding: normal([4, 2], 0.5),
  blocks: [
    { query: normal([2, 2], 1), bias: constant([2], 0.25) },
    { query: normal([2, 2], 1), bias: constant([2], -1) },
  ],
  head: { inner: { scale: constant([], 3) } },
} as const;

describe('layoutOf', () => {
  it('lays nested records and arrays out in their order, without gaps', () => {
    const { entries, size } = layoutOf(specs);
    expect(entries.map(({ path, offset, size: length }) => [path, offset, length])).toEqual([
      ['embedding', 0, 8],
      ['blocks.0.query', 8, 4],
      ['blocks.0.bias', 12, 2],
      ['blocks.1.query', 14, 4],
      ['blocks.1.bias', 18, 2],
      ['head.inner.scale', 20, 1],
    ]);
    expect(size).toBe(21);
  });

  it('splits and joins without changing anything', async () => {
    const shapes = fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(shapes, async (given) => {
        const layout = layoutOf(Object.fromEntries(given.map((shape, index) => [`p${index}`, normal(shape, 1)])));
        const flat = new Graph().input('flat', [layout.size]);
        const parts = splitParameters(layout, flat);
        expect(parts.map(({ shape }) => shape)).toEqual(given);
        const values = Array.from({ length: layout.size }, (_, index) => index + 0.5);
        expect(await valueOf(joinParameters(parts), { flat: values })).toEqual(values);
        const named = await valuesOf(Object.fromEntries(parts.map((part, index) => [`p${index}`, part])), { flat: values });
        expect(Object.values(named).flat()).toEqual(values);
      }),
      { numRuns: 15 },
    );
  });
});

describe('parameterRecord', () => {
  it('puts tensors in the places of their specifications', async () => {
    const layout = layoutOf(specs);
    const recorded = record('record', { flat: { shape: [layout.size] } }, ({ flat }) => {
      const tensors = layout.entries.map(({ offset, size, shape }) => tf.reshape(tf.slice(flat, offset, size), [...shape]));
      const parameters = parameterRecord(specs, tensors);
      expect(parameters.blocks).toHaveLength(2);
      expect(parameters.embedding.shape).toEqual([4, 2]);
      return { second: parameters.blocks[1]?.bias ?? flat, scale: parameters.head.inner.scale };
    });
    const executable = await engine.compile(recorded);
    const values = Float32Array.from({ length: layout.size }, (_, index) => index);
    const outputs = await executable.run({ flat: engine.upload(values, [layout.size]) });
    const read = async (name: keyof typeof outputs): Promise<number[]> => [...(await engine.download(outputs[name]))];
    expect(await read('second')).toEqual([18, 19]);
    expect(await read('scale')).toEqual([20]);
  });
});

describe('initialParameters', () => {
  it('draws each parameter from a stream of its own name', () => {
    const stream = new RandomStream(2, 'weights');
    const layout = layoutOf(specs);
    const flat = initialParameters(layout, stream);
    expect([...flat.subarray(12, 14), ...flat.subarray(18, 21)]).toEqual([0.25, 0.25, -1, -1, 3]);
    expect(flat.subarray(8, 12)).not.toEqual(flat.subarray(14, 18));
    const smaller: ParameterSpecs = { head: normal([3], 1), embedding: normal([4, 2], 0.5) };
    expect(initialParameters(layoutOf(smaller), stream).subarray(3)).toEqual(flat.subarray(0, 8));
    expect(initialParameters(layout, stream)).toEqual(flat);
  });

  it('has the standard deviation asked for', () => {
    const flat = initialParameters(layoutOf({ wide: normal([10_000], 0.02) }), new RandomStream(2));
    const deviation = Math.sqrt(flat.reduce((sum, value) => sum + value * value, 0) / flat.length);
    expect(Math.abs(deviation - 0.02)).toBeLessThan(5e-4);
  });

  it('keeps nodes of a split apart', () => {
    const parts = splitParameters(layoutOf(specs), new Graph().input('flat', [21]));
    expect(new Set<Node>(parts).size).toBe(6);
  });
});
