import { createRegistry, defineModel, definePlugin, parseConfig, resolveExperiment } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import plugin from '../src/index.js';
import { errorFrom } from './support/rejection.js';

const model = defineModel({
  id: 'none',
  task: 'language',
  schema: { type: 'object', additionalProperties: false },
  create: () => {
    throw new Error('Options are checked before a model is made.');
  },
});
const registry = createRegistry([plugin, definePlugin({ name: 'test', core: '^0.1.0', models: [model] })]);

/** The dataset's options as an experiment with this dataset would have them. */
function optionsOf(dataset: string): unknown {
  const evaluation = 'evaluation: { metrics: [perplexity, accuracy@1], selection: perplexity }';
  const { config, document } = parseConfig(`task: language\ndataset: ${dataset}\nmodel: { id: none }\n${evaluation}\n`, 'x.yaml');
  return resolveExperiment(config, registry, document).dataset.options;
}

describe('options of language datasets', () => {
  it.each(['penn-treebank', 'wikitext-2', 'moby-dick'])('%s is cut into words', (id) => {
    expect(optionsOf(`{ id: ${id} }`)).toEqual({ tokenizer: 'word', lowercase: false, minimumCount: 1 });
  });

  it('tiny-shakespeare is cut into characters', () => {
    expect(optionsOf('{ id: tiny-shakespeare }')).toMatchObject({ tokenizer: 'character' });
  });

  it('text holds out 5% for validation and for test', () => {
    expect(optionsOf('{ id: text, path: a.txt }')).toEqual({
      path: 'a.txt',
      validationFraction: 0.05,
      testFraction: 0.05,
      pretokenized: false,
      encoding: 'utf8',
      tokenizer: 'word',
      lowercase: false,
      minimumCount: 1,
    });
  });

  it('refuse an unknown tokenizer, with the known ones', () => {
    expect(errorFrom(() => optionsOf('{ id: moby-dick, tokenizer: charcter }'))).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message: 'x.yaml:2:38: dataset.tokenizer must be one of word, character, subword, got "charcter"',
      hint: 'Did you mean "character"?',
    });
  });

  it.each([
    ['minimumCount: 0', 'dataset.minimumCount must be >= 1, got 0'],
    ['maximumVocabulary: 3', 'dataset.maximumVocabulary must be >= 4, got 3'],
  ])('refuse %s', (option, message) => {
    expect(errorFrom(() => optionsOf(`{ id: moby-dick, ${option} }`))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it.each(['validationFraction: 0', 'testFraction: 0.5'])('refuse a split with %s', (option) => {
    expect(errorFrom(() => optionsOf(`{ id: text, path: a.txt, ${option} }`))).toMatchObject({ code: 'FARZI_CONFIG_INVALID' });
  });
});
