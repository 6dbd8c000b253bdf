import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { resolveExperiment } from '../config/resolve.js';
import { model } from '../model/model.js';
import { constant, normal } from '../model/parameters.js';
import { embed } from '../model/tokens.js';
import { noOptions } from '../options/schema.js';
import { defineModel, definePlugin } from '../plugin/define.js';
import { checkExperiment } from './check.js';
import { createRegistry } from './experiment.js';

/** Looks up the logits of the next token in a table, and then alters them. */
const altering = (id: string, alter: (logits: tf.Tensor3D) => tf.Tensor) =>
  defineModel({
    id,
    task: 'recommendation',
    schema: noOptions,
    create: (_options, { vocabularySize }) =>
      model({
        parameters: { table: normal([vocabularySize, vocabularySize], 0.5) },
        logits: ({ table }, tokens) => alter(embed(tokens, table)) as tf.Tensor3D,
      }),
  });

const plugin = definePlugin({
  name: 'broken models',
  core: '*',
  models: [
    altering('sound', (logits) => logits),
    altering('prophet', (logits) => tf.add(logits, tf.mean(logits, 1, true))),
    altering('narrow', (logits) => tf.mean(logits, -1, true)),
    altering('infinite', (logits) => tf.mul(tf.mul(logits, 3e38), 3e38)),
    defineModel({
      id: 'overflowing',
      task: 'recommendation',
      schema: noOptions,
      create: (_options, { vocabularySize }) =>
        model({
          // too large for a float32, and a mask keeps it out of the logits, but not out of the gradient
          parameters: { table: normal([vocabularySize, vocabularySize], 0.5), scale: constant([1], 1e39) },
          logits: ({ table, scale }, tokens) => {
            const logits = embed(tokens, table);
            return tf.where<tf.Tensor3D>(tf.greater(scale, 0), logits, tf.mul<tf.Tensor3D>(logits, scale));
          },
        }),
    }),
    defineModel({
      id: 'broken',
      task: 'recommendation',
      schema: noOptions,
      create: () => {
        throw new TypeError('x is not a function');
      },
    }),
  ],
});

function check(...overrides: readonly string[]): Promise<void> {
  const registry = createRegistry([toyPlugin, plugin]);
  return checkExperiment(resolveExperiment(toyConfig(...overrides), registry), registry);
}

describe('the check of an experiment', () => {
  it('lets one through that can run', async () => {
    await expect(check()).resolves.toBeUndefined();
    await expect(check('model=sound', 'maxLength=1', 'synthetic.initialisation=random')).resolves.toBeUndefined();
  });

  it.each([
    ['prophet', 'The model prophet is not causal: changing token 5 changes the logits at position 0.'],
    ['narrow', 'The model narrow gives logits of the shape [12, 1], not batch x length x vocabulary = 2 x 6 x 16.'],
    ['infinite', 'The model infinite gives logits that are not finite at its initial weights.'],
    ['overflowing', 'The parameter scale of the model starts at Infinity, which is not finite.'],
    ['broken', 'The model broken cannot be built and run: TypeError: x is not a function.'],
  ])('refuses the model %s, as learner and as student', async (id, message) => {
    expect(await errorOf(() => check(`model=${id}`))).toMatchObject({ code: 'FARZI_MODEL_INVALID', message });
    expect(await errorOf(() => check(`students=[tiny, ${id}]`))).toMatchObject({ code: 'FARZI_MODEL_INVALID', message });
  });

  it('refuses an engine that there is not', async () => {
    expect(await errorOf(() => check('engine=abacus'))).toMatchObject({ code: 'FARZI_ENGINE_UNAVAILABLE' });
  });
});
