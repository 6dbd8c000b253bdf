import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { recordOn } from '../program/record.js';
import { RandomStream } from '../random/stream.js';
import { initialParameters, layoutOf, parameterRecord, splitParameters } from './layout.js';
import {
  causalSelfAttention,
  dense,
  denseParameters,
  gelu,
  layerNormalisation,
  layerNormalisationParameters,
  learnedPositions,
  selfAttentionParameters,
  sinusoidalPositions,
  tableLogits,
} from './layers.js';
import type { ForwardContext } from './model.js';
import type { Parameters, ParameterSpecs } from './parameters.js';

const stream = new RandomStream(4, 'layers');
const numbers = (name: string, count: number): number[] => [...stream.child(name).normal(count)];
const withoutDropout: ForwardContext = { dropout: (x) => x };

/** What a function makes of tensors of the given shapes. */
async function applied<Names extends string>(
  given: Readonly<Record<Names, { shape: number[]; values: number[] }>>,
  layer: (tensors: Readonly<Record<Names, tf.Tensor>>) => tf.Tensor,
): Promise<{ shape: readonly number[]; values: number[] }> {
  const graph = new Graph();
  const entries = Object.entries<{ shape: number[]; values: number[] }>(given);
  const inputs = Object.fromEntries(entries.map(([name, { shape }]) => [name, graph.input(name, shape)])) as Record<Names, Node>;
  const { y } = recordOn(graph, inputs, (tensors) => ({ y: layer(tensors) }));
  return { shape: y.shape, values: await valueOf(y, Object.fromEntries(entries.map(([name, { values }]) => [name, values]))) };
}

/** What a layer with parameters in a flat vector makes of `x`. */
function withParameters<Specs extends ParameterSpecs>(
  specs: Specs,
  weights: number[],
  x: { shape: number[]; values: number[] },
  layer: (x: tf.Tensor, weights: Parameters<Specs>) => tf.Tensor,
): Promise<{ shape: readonly number[]; values: number[] }> {
  const layout = layoutOf(specs);
  const graph = new Graph();
  const parts = splitParameters(layout, graph.input('weights', [layout.size]));
  const { y } = recordOn(
    graph,
    { ...Object.fromEntries(parts.map((part, index) => [String(index), part])), x: graph.input('x', x.shape) },
    ({ x: tensor, ...parameters }: Record<string, tf.Tensor>) => ({
      y: layer(tensor as tf.Tensor, parameterRecord(specs, Object.values(parameters))),
    }),
  );
  return valueOf(y, { weights, x: x.values }).then((values) => ({ shape: y.shape, values }));
}

describe('dense', () => {
  it('is a product with the weight plus the bias', async () => {
    const x = { shape: [2, 2], values: [1, 2, 3, 4] };
    const y = await withParameters(denseParameters(2, 3, 1), [1, 0, 2, 0, 1, -1, 10, 20, 30], x, dense);
    expect(y).toEqual({ shape: [2, 3], values: [11, 22, 30, 13, 24, 32] });
  });

  it('starts with a random weight and no bias', () => {
    const flat = initialParameters(layoutOf({ layer: denseParameters(30, 40, 0.1) }), stream);
    const weight = flat.subarray(0, 1200);
    expect(Math.sqrt(weight.reduce((sum, value) => sum + value * value, 0) / 1200)).toBeCloseTo(0.1, 2);
    expect([...flat.subarray(1200)]).toEqual(new Array<number>(40).fill(0));
  });
});

describe('layerNormalisation', () => {
  const x = { shape: [3, 16], values: numbers('x', 48).map((value) => 5 + 3 * value) };

  it('starts as rows of mean 0 and variance 1', async () => {
    const specs = layerNormalisationParameters(16);
    const { values } = await withParameters(specs, [...initialParameters(layoutOf(specs), stream)], x, layerNormalisation);
    for (let row = 0; row < 3; row++) {
      const of = values.slice(row * 16, (row + 1) * 16);
      expect(of.reduce((sum, value) => sum + value, 0) / 16).toBeCloseTo(0, 5);
      expect(of.reduce((sum, value) => sum + value * value, 0) / 16).toBeCloseTo(1, 5);
    }
  });

  it('scales by the gain, then adds the bias', async () => {
    const plain = await withParameters(
      layerNormalisationParameters(16),
      [...Array(16).fill(1), ...Array(16).fill(0)] as number[],
      x,
      layerNormalisation,
    );
    const moved = await withParameters(
      layerNormalisationParameters(16),
      [...Array(16).fill(2), ...Array(16).fill(7)] as number[],
      x,
      layerNormalisation,
    );
    expectAllClose(
      moved.values,
      plain.values.map((value) => 2 * value + 7),
      1e-5,
    );
  });
});

describe('causalSelfAttention', () => {
  const [BATCH, LENGTH, WIDTH] = [2, 4, 6];
  const specs = selfAttentionParameters(WIDTH, 1);
  const weights = numbers('attention', layoutOf(specs).size);
  const x = { shape: [BATCH * LENGTH, WIDTH], values: numbers('rows', BATCH * LENGTH * WIDTH) };

  /** The definition, position by position. */
  function byDefinition(heads: number): number[] {
    const layer = WIDTH * WIDTH + WIDTH;
    const project = (which: number, row: readonly number[]): number[] =>
      Array.from({ length: WIDTH }, (_, to) =>
        row.reduce(
          (sum, value, from) => sum + value * (weights[which * layer + from * WIDTH + to] ?? 0),
          weights[which * layer + WIDTH * WIDTH + to] ?? 0,
        ),
      );
    const row = (sequence: number, position: number): number[] => x.values.slice((sequence * LENGTH + position) * WIDTH).slice(0, WIDTH);
    const depth = WIDTH / heads;
    const read = (sequence: number, position: number): number[] =>
      Array.from({ length: heads }, (_, head) => {
        const own = (which: number, at: number): number[] => project(which, row(sequence, at)).slice(head * depth, (head + 1) * depth);
        const seen = Array.from({ length: position + 1 }, (_, at) => at);
        const query = own(0, position);
        const powers = seen.map((at) =>
          Math.exp(own(1, at).reduce((sum, value, index) => sum + value * (query[index] ?? 0), 0) / Math.sqrt(depth)),
        );
        const total = powers.reduce((sum, value) => sum + value, 0);
        return Array.from({ length: depth }, (_, index) =>
          seen.reduce((sum, at) => sum + ((powers[at] ?? 0) / total) * (own(2, at)[index] ?? 0), 0),
        );
      }).flat();
    return Array.from({ length: BATCH * LENGTH }, (_, index) => project(3, read(Math.floor(index / LENGTH), index % LENGTH))).flat();
  }

  it.each([1, 2, 3])('is what the definition says, with %i heads', async (heads) => {
    const y = await withParameters(specs, weights, x, (rows, own) =>
      causalSelfAttention(rows, own, { length: LENGTH, heads, dropout: 0 }, withoutDropout),
    );
    expect(y.shape).toEqual(x.shape);
    expectAllClose(y.values, byDefinition(heads), 1e-5);
  });

  it('drops attention weights, and nothing else', async () => {
    const sites: { shape: number[]; rate: number }[] = [];
    const noting: ForwardContext = {
      dropout: (dropped, rate) => {
        sites.push({ shape: dropped.shape, rate });
        return dropped;
      },
    };
    await withParameters(specs, weights, x, (rows, own) =>
      causalSelfAttention(rows, own, { length: LENGTH, heads: 2, dropout: 0.3 }, noting),
    );
    expect(sites).toEqual([{ shape: [BATCH, 2, LENGTH, LENGTH], rate: 0.3 }]);
  });

  it('may start its output smaller', () => {
    const { query, output } = selfAttentionParameters(WIDTH, 0.2, 0.1);
    expect([query.weight.initial, output.weight.initial]).toEqual([
      { distribution: 'normal', standardDeviation: 0.2 },
      { distribution: 'normal', standardDeviation: 0.1 },
    ]);
  });
});

describe('positions', () => {
  it('are the first rows of a learned table', async () => {
    const table = { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] };
    expect(await applied({ table }, (given) => learnedPositions(given.table as tf.Tensor2D, 2))).toEqual({
      shape: [2, 2],
      values: [1, 2, 3, 4],
    });
  });

  it('are sines and cosines of growing waves, of mean square 1/2', async () => {
    const { shape, values } = await applied({ x: { shape: [1], values: [0] } }, () => sinusoidalPositions(3, 4));
    expect(shape).toEqual([3, 4]);
    const slow = 1 / 100; // 10000^(-2/4)
    const row = (position: number): number[] => [
      Math.sin(position),
      Math.cos(position),
      Math.sin(position * slow),
      Math.cos(position * slow),
    ];
    expectAllClose(values, [0, 1, 2].flatMap(row), 1e-6);
    expect(values.reduce((sum, value) => sum + value * value, 0) / values.length).toBeCloseTo(0.5, 6);
  });
});

describe('gelu', () => {
  it('is x times the normal distribution function', async () => {
    const { values } = await applied({ x: { shape: [5], values: [-3, -1, 0, 1, 3] } }, ({ x }) => gelu(x));
    expectAllClose(values, [-0.00404969, -0.15865525, 0, 0.84134475, 2.99595031], 1e-6);
  });
});

describe('tableLogits', () => {
  it('is the product of every hidden state with every row of the table', async () => {
    const hidden = { shape: [2, 1, 2], values: [1, 2, 3, 4] };
    const table = { shape: [3, 2], values: [1, 0, 0, 1, 1, 1] };
    const y = await applied({ hidden, table }, (given) => tableLogits(given.hidden as tf.Tensor3D, given.table as tf.Tensor2D));
    expect(y).toEqual({ shape: [2, 1, 3], values: [1, 2, 3, 3, 4, 7] });
  });
});
