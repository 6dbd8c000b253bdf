import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { model, type ForwardContext } from '../model/model.js';
import { normal } from '../model/parameters.js';
import { embed, type Tokens } from '../model/tokens.js';
import type { ModelDefinition } from '../model/definition.js';
import { defineModel } from '../plugin/define.js';
import { checkModel } from './index.js';

const WIDTH = 5;
const schema = { type: 'object', properties: {}, additionalProperties: false } as const;

/** A running mean of embeddings against the embedding table, with one part of it spoilt. */
function toy(spoil: {
  mix?: (x: tf.Tensor3D) => tf.Tensor3D;
  tokens?: (tokens: Tokens, table: tf.Tensor2D) => tf.Tensor3D;
  table?: (table: tf.Tensor2D) => tf.Tensor2D;
  logits?: (logits: tf.Tensor3D) => tf.Tensor3D;
}): ModelDefinition {
  return defineModel({
    id: 'toy',
    task: 'recommendation',
    schema,
    create: (_options, { vocabularySize }) => {
      const hidden = ({ table }: { readonly table: tf.Tensor }, tokens: Tokens, _context: ForwardContext): tf.Tensor3D => {
        const x = (spoil.tokens ?? embed)(tokens, table as tf.Tensor2D);
        return tf.tanh((spoil.mix ?? ((y: tf.Tensor3D) => tf.cumsum(y, 1)))(x));
      };
      return model({
        parameters: { table: normal([vocabularySize, WIDTH], 0.5) },
        logits: (parameters, tokens, context) => {
          const states = hidden(parameters, tokens, context);
          const [batch, length] = states.shape;
          const logits = tf.matMul(tf.reshape(states, [batch * length, WIDTH]), parameters.table, false, true);
          return (spoil.logits ?? ((each) => each))(tf.reshape(logits, [batch, length, vocabularySize]));
        },
        factors: { hidden, outputTable: ({ table }) => (spoil.table ?? ((each) => each))(table) },
      });
    },
  });
}

describe('checkModel', () => {
  it('passes a model that keeps the contract', async () => {
    await expect(checkModel(toy({}))).resolves.toBeUndefined();
  });

  it('finds a model that looks ahead', async () => {
    await expect(checkModel(toy({ mix: (x) => tf.cumsum(x, 1, false, true) }))).rejects.toThrow(
      /^toy: The model is not causal: changing token 1 changes logits before it/,
    );
  });

  it('finds a model that reads hard and soft tokens differently', async () => {
    const tokens = (given: Tokens, table: tf.Tensor2D): tf.Tensor3D =>
      given.kind === 'hard' ? embed(given, table) : tf.mul(embed(given, table), 2);
    await expect(checkModel(toy({ tokens }))).rejects.toThrow(
      'toy: One-hot distributions give other logits than the tokens they stand for; read tokens with embed().',
    );
  });

  it('finds logits of another shape', async () => {
    const logits = (x: tf.Tensor3D): tf.Tensor3D => tf.slice(x, [0, 0, 1], [-1, -1, -1]);
    await expect(checkModel(toy({ logits }))).rejects.toThrow('toy: Logits have 180 numbers, not batch x length x vocabulary = 198.');
  });

  it('finds a model whose gradient is not what its logits do', async () => {
    const mix = (x: tf.Tensor3D): tf.Tensor3D => tf.div(tf.round(tf.mul(tf.cumsum(x, 1), 1e4)), 1e4);
    await expect(checkModel(toy({ mix }))).rejects.toThrow(/^toy: The gradient says .* along a direction, and central differences say/);
  });

  it('finds factors that do not multiply to the logits', async () => {
    await expect(checkModel(toy({ table: (table) => tf.mul(table, 1.5) }))).rejects.toThrow('toy: Factors do not multiply to the logits.');
  });

  it('names an op that has no rule, and the line that uses it', async () => {
    const mix = (x: tf.Tensor3D): tf.Tensor3D => tf.cumprod<tf.Tensor3D>(x, 2);
    await expect(checkModel(toy({ mix }))).rejects.toMatchObject({
      code: 'FARZI_UNKNOWN_OP',
      message: expect.stringMatching(/Cumprod has no rule \(used at .*model\.test\.ts/) as unknown,
    });
  });
});
