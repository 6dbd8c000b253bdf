import * as tf from '@tensorflow/tfjs-core';
import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { tinyModel } from '../testing/tiny-model.js';
import { filesIn, runToy, temporaryFolder, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { parseConfig } from '../config/file.js';
import { resolveExperiment } from '../config/resolve.js';
import type { Dataset } from '../data/dataset.js';
import { defineDataset, defineModel, definePlugin, type Plugin } from '../plugin/define.js';
import { noOptions } from '../options/schema.js';
import type { Model } from '../model/model.js';
import { checkExperiment } from './check.js';
import { createRegistry } from './experiment.js';
import { probeModel } from './probe.js';

const path = temporaryFolder();

/** A model that spoils the logits of another. */
const spoiled = (id: string, spoil: (logits: tf.Tensor) => tf.Tensor) =>
  defineModel({
    id,
    task: 'recommendation',
    schema: noOptions,
    create: (_options, context): Model => {
      const sound = tinyModel({ ...context, factors: false });
      return { ...sound, logits: (...given) => spoil(sound.logits(...given)) };
    },
  });
const models = [
  spoiled('clairvoyant', (logits) => tf.add(logits, tf.mean(logits, 1, true))),
  spoiled('shrunken', (logits) => tf.slice(logits, [0, 0, 0], [-1, -1, (logits.shape[2] ?? 0) - 1])),
  spoiled('broken', (logits) => tf.log(tf.sub(tf.mul(logits, 0), 1))),
  defineModel({
    id: 'uneven',
    task: 'recommendation',
    schema: { type: 'object', properties: { heads: { type: 'integer', default: 3 } } } as const,
    create: ({ heads }, context) => {
      if (8 % heads !== 0) throw new RangeError(`8 is not a multiple of ${heads} heads`);
      return tinyModel(context);
    },
  }),
];

/** The toy dataset with something wrong. */
const altered = (id: string, change: (full: Dataset) => unknown) =>
  defineDataset({
    id,
    task: 'recommendation',
    schema: noOptions,
    load: async (_options, context) => {
      const toy = toyPlugin.datasets?.find((each) => each.id === 'toy');
      return change((await toy?.load({} as never, context)) as Dataset) as Dataset;
    },
  });
const plugin: Plugin = definePlugin({
  name: 'spoilsport',
  core: '*',
  models,
  datasets: [
    altered('outside', (full) => ({ ...full, train: [Int32Array.of(1, 30), ...full.train] })),
    altered('plain', (full) => ({ ...full, train: full.train.map((tokens) => [...tokens]) })),
    altered('silent-about-itself', ({ protocol: _protocol, ...rest }) => rest),
    altered('untested', (full) => ({ ...full, test: [] })),
    altered('unvalidated', (full) => ({ ...full, validation: [] })),
    altered('misplaced', (full) => ({ ...full, task: 'language' })),
    altered('untitled', (full) => ({ ...full, titles: ['one'] })),
    altered('nothing', () => undefined),
  ],
});
const plugins = [toyPlugin, plugin];

describe('a run that cannot start', () => {
  const dataset = (id: string): string => (id === 'nothing' ? 'without an id' : 'toy');
  const data: [override: string, code: string, message: string][] = Object.entries({
    outside: 'holds the token 30 in training sequence 0 at 1, outside its vocabulary of 30',
    plain: 'has a training sequence 0 that is no Int32Array',
    'silent-about-itself': 'has no protocol: one sentence that says how the data were filtered, ordered and split',
    untested: 'has no test cases',
    unvalidated: 'has no validation cases',
    misplaced: 'is for language, and is used for recommendation',
    untitled: 'has 1 titles for 30 tokens',
    nothing: 'is for undefined, and is used for recommendation',
  }).map(([id, problem]) => [`dataset=${id}`, 'FARZI_DATA_INVALID', `The dataset ${dataset(id)} ${problem}.`]);

  it.each([
    ...data,
    ['engine=abacus', 'FARZI_ENGINE_UNAVAILABLE', 'There is no engine abacus.'],
    ['model=clairvoyant', 'FARZI_MODEL_INVALID', 'The model clairvoyant is not causal: changing token 5 changes the logits at position 0.'],
    [
      'model=shrunken',
      'FARZI_MODEL_INVALID',
      'The model shrunken gives logits of the shape [12, 29], not batch x length x vocabulary = 2 x 6 x 30.',
    ],
    ['model=broken', 'FARZI_MODEL_INVALID', 'The model broken gives logits that are not finite at its initial weights.'],
    ['students=[tiny, clairvoyant]', 'FARZI_MODEL_INVALID', expect.stringMatching(/^The model clairvoyant is not causal/) as string],
  ])("because of %s says so, leaves no files and stands in no one's way", async (override, code, message) => {
    const quick = ['synthetic.initialisation=random', 'teacher.snapshots=0', 'distillation.outerSteps=0', 'evaluation.arms=[popularity]'];
    expect(await errorOf(() => runToy(path('run'), { config: toyConfig(...quick, override), plugins }))).toMatchObject({ code, message });
    await expect(filesIn(path('run'))).rejects.toMatchObject({ code: 'ENOENT' });
    await runToy(path('run'), { config: toyConfig(...quick), plugins });
    expect(await filesIn(path('run'))).toContain('summary.json');
  });

  it('leaves a run that it was to overwrite as it was', async () => {
    const quick = ['synthetic.initialisation=random', 'teacher.snapshots=0', 'distillation.outerSteps=0', 'evaluation.arms=[popularity]'];
    await mkdir(path('run'));
    await runToy(path('run'), { config: toyConfig(...quick) });
    const before = await filesIn(path('run'));
    await errorOf(() => runToy(path('run'), { config: toyConfig(...quick, 'model=broken'), plugins, existing: 'overwrite' }));
    expect(await filesIn(path('run'))).toEqual(before);
  });
});

describe('a check without data', () => {
  const check = async (...overrides: readonly string[]): Promise<void> => {
    const registry = createRegistry(plugins);
    const text = 'task: recommendation\nengine: onnx\ndataset: outside\nmodel: tiny\nevaluation: { selection: hit@5, metrics: [hit@5] }\n';
    await checkExperiment(resolveExperiment(parseConfig(text, 'x.yaml', overrides).config, registry), registry);
  };

  it('finds what a run would find in models, options and the engine', async () => {
    await check();
    expect(await errorOf(() => check('model=uneven'))).toMatchObject({
      message: 'The model uneven cannot be built and run: RangeError: 8 is not a multiple of 3 heads.',
    });
    await check('model=uneven', 'model.heads=4');
    expect(await errorOf(() => check('model=clairvoyant'))).toMatchObject({ code: 'FARZI_MODEL_INVALID' });
    expect(await errorOf(() => check('model=plain'))).toMatchObject({ code: 'FARZI_CONFIG_INVALID' });
    await check('model=plain', 'synthetic.initialisation=random');
    expect(await errorOf(() => check('engine=abacus'))).toMatchObject({ code: 'FARZI_ENGINE_UNAVAILABLE' });
  });
});

describe('the probe of a model', () => {
  const probe = (id: string, maxLength: number): Promise<void> => {
    const definition = models.find((each) => each.id === id) ?? toyPlugin.models?.find((each) => each.id === id);
    return probeModel(engine, { definition: definition as never, options: { width: 8, dropout: 0.1 } }, 30, maxLength);
  };

  it('fits sequences of one token, which have no later one', async () => {
    await probe('tiny', 1);
    expect(await errorOf(() => probe('shrunken', 1))).toMatchObject({ code: 'FARZI_MODEL_INVALID' });
  });
});
