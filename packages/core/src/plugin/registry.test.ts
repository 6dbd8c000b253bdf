import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { tinyModel } from '../testing/tiny-model.js';
import { coreVersion } from '../version.js';
import { builtInPlugin } from './built-in.js';
import { defineDataset, defineMetric, defineModel, definePlugin, type Plugin } from './define.js';
import { Registry } from './registry.js';
import { token, tokens } from './tokens.js';

const model = (id: string) =>
  defineModel({
    id,
    task: 'recommendation',
    schema: { type: 'object', properties: { width: { type: 'integer', default: 4 } } } as const,
    create: ({ width }, { vocabularySize, maxLength }) => tinyModel({ vocabularySize, maxLength, width }),
  });
const metric = (id: string, cutoff: 'required' | 'none', start: (k: number) => number = () => 0) =>
  defineMetric({
    id,
    tasks: ['recommendation'],
    cutoff,
    smallerIsBetter: id === 'perplexity',
    start: (k) => ({ observe: () => undefined, result: () => start(k) }),
  });
const plugin = (name: string, rest: Partial<Plugin> = {}): Plugin => definePlugin({ name, core: `^${coreVersion}`, ...rest });

const metrics = plugin('metrics', {
  metrics: [metric('hr', 'required', (k) => k), metric('mrr', 'none', (k) => k), metric('perplexity', 'none')],
});

describe('a registry', () => {
  it('finds contributions of every kind by id, in the order of the plugins', () => {
    const dataset = defineDataset({
      id: 'toy',
      task: 'recommendation',
      schema: { type: 'object' } as const,
      load: () => Promise.reject(new Error('not asked for')),
    });
    const tiny = model('tiny');
    const registry = new Registry([builtInPlugin, plugin('a', { models: [tiny] }), plugin('b', { datasets: [dataset] })]);
    expect(registry.get('model', 'tiny')).toBe(tiny);
    expect(registry.get('dataset', 'toy')).toBe(dataset);
    expect(registry.get('metaOptimizer', 'farzi').id).toBe('farzi');
    expect(
      registry.get('optimizer', 'adam').create({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as never).slots,
    ).toHaveLength(2);
    expect(registry.all('engine').map(({ id }) => id)).toEqual([
      'onnx-cuda',
      'onnx-webgpu',
      'onnx-webgpu-deterministic',
      'tfjs-node-gpu',
      'onnx',
      'tfjs-node',
      'onnx-web',
      'tfjs-wasm',
      'tfjs-cpu',
    ]);
    expect(registry.entries).toContainEqual({ kind: 'model', id: 'tiny', plugin: 'a' });
  });

  it('says what it knows, and what may have been meant', async () => {
    const registry = new Registry([builtInPlugin, plugin('a', { models: [model('sasrec'), model('gru4rec')] })]);
    expect(await errorOf(() => registry.get('model', 'sasrek'))).toMatchObject({
      code: 'FARZI_CONTRIBUTION_UNKNOWN',
      message: 'No loaded plugin contributes the model "sasrek".',
      hint: `Did you mean "sasrec"? Use one of sasrec, gru4rec, or list the plugin that brings it under plugins, or name it with --plugin.`,
    });
    expect(await errorOf(() => registry.get('dataset', 'toy'))).toMatchObject({
      hint: 'List the plugin that brings it under plugins, or name it with --plugin.',
    });
  });
});

describe('plugins that cannot be together', () => {
  it('contribute the same id', async () => {
    const given = [plugin('first', { models: [model('tiny')] }), plugin('second', { models: [model('other'), model('tiny')] })];
    expect(await errorOf(() => new Registry(given))).toMatchObject({
      code: 'FARZI_PLUGIN_DUPLICATE_ID',
      message: 'The plugins first and second both contribute the model tiny.',
      hint: 'Leave one of them out of plugins.',
    });
  });

  it('may use one id for different kinds', () => {
    const registry = new Registry([plugin('a', { models: [model('same')] }), plugin('b', { metrics: [metric('same', 'none')] })]);
    expect(registry.entries).toHaveLength(2);
  });

  it.each(['^99.0.0', '<0.1.0'])('want @farzi/core %j', async (core) => {
    expect(await errorOf(() => new Registry([definePlugin({ name: 'old', core })]))).toMatchObject({
      code: 'FARZI_PLUGIN_CORE_RANGE',
      message: `The plugin old wants @farzi/core ${core}, and this is ${coreVersion}.`,
      hint: `Install a version of old for @farzi/core ${coreVersion}, or a version of @farzi/core that it wants.`,
    });
  });

  it('want @farzi/core in a range that is none', async () => {
    expect(await errorOf(() => new Registry([definePlugin({ name: 'old', core: 'not a range' })]))).toMatchObject({
      code: 'FARZI_PLUGIN_CORE_RANGE',
      message: 'The plugin old wants @farzi/core "not a range", which is no range of versions.',
      hint: expect.stringContaining('semver range') as string,
    });
  });

  it.each([coreVersion, `^${coreVersion}`, `~${coreVersion}`, '*', '>=0.0.1'])('not when they want %s', (core) => {
    expect(new Registry([definePlugin({ name: 'new', core })]).entries).toEqual([]);
  });
});

describe('a metric key', () => {
  const registry = new Registry([metrics]);

  it.each([
    ['hr@10', 10],
    ['hr@1', 1],
    ['hr@100', 100],
    ['mrr', 0],
  ])('%s starts the metric with its cutoff', (key, cutoff) => {
    const found = registry.metric(key, 'recommendation');
    expect(found.key).toBe(key);
    expect(found.smallerIsBetter).toBe(false);
    expect(found.start({ vocabularySize: 1, occurrences: new Float64Array(1) }).result()).toBe(cutoff);
  });

  it.each(['hr', 'hr@', 'hr@0', 'hr@-1', 'hr@1.5', 'hr@ten', 'hr@1e1', 'hr@0x10', 'hr@ 10', 'hr@010', 'hr@10@20'])(
    '%s needs a whole positive cutoff',
    async (key) => {
      expect(await errorOf(() => registry.metric(key, 'recommendation'))).toMatchObject({
        code: 'FARZI_CONFIG_INVALID',
        message: `The metric "${key}" needs a whole positive cutoff, as in hr@10.`,
      });
    },
  );

  it.each([
    ['mrr@10', 'recommendation', 'The metric "mrr@10" takes no cutoff: write mrr.'],
    ['mrr@', 'recommendation', 'The metric "mrr@" takes no cutoff: write mrr.'],
    ['mrr', 'language', 'The metric "mrr" is for recommendation, not for language.'],
  ] as const)('%s for %s is refused', async (key, task, message) => {
    expect(await errorOf(() => registry.metric(key, task))).toMatchObject({ code: 'FARZI_CONFIG_INVALID', message });
  });

  it.each(['ndcg@10', '@10', ''])('%j is unknown', async (key) => {
    expect(await errorOf(() => registry.metric(key, 'recommendation'))).toMatchObject({ code: 'FARZI_CONTRIBUTION_UNKNOWN' });
  });

  it('carries whether smaller is better', () => {
    expect(registry.metric('perplexity', 'recommendation').smallerIsBetter).toBe(true);
  });
});

describe('the container of an experiment', () => {
  const greeting = token<string>('greeting');
  const greets = (name: string, text: string): Plugin =>
    plugin(name, {
      services: ({ bind }) => {
        bind(greeting).toConstantValue(text);
      },
    });

  it('holds the services of all plugins, over all contributions', () => {
    const tiny = model('tiny');
    const container = new Registry([plugin('a', { models: [tiny] }), greets('b', 'hello')]).experimentContainer();
    expect(container.get(greeting)).toBe('hello');
    expect(container.get(tokens.model, { name: 'tiny' })).toBe(tiny);
    expect(new Registry([plugin('b')]).experimentContainer().isBound(greeting)).toBe(false);
  });

  it('is its own: what one experiment binds, another does not see', () => {
    const registry = new Registry([greets('a', 'hello')]);
    const [first, second] = [registry.experimentContainer(), registry.experimentContainer()];
    first.rebind(greeting).toConstantValue('changed');
    expect([first.get(greeting), second.get(greeting)]).toEqual(['changed', 'hello']);
    const other = token<number>('other');
    first.bind(other).toConstantValue(3);
    expect(second.isBound(other)).toBe(false);
    expect(registry.experimentContainer().get(greeting)).toBe('hello');
  });
});
