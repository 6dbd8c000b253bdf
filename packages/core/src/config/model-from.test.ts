import { expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { toyPlugin } from '../../test/toy-experiment.js';
import { Registry } from '../plugin/registry.js';
import { modelFrom } from './model-from.js';

const registry = new Registry([toyPlugin]);

it('gives a model with the options that are set, and defaults', () => {
  const { definition, options } = modelFrom(registry, 'tiny', ['width=3']);
  expect([definition.id, options]).toEqual(['tiny', { width: 3, dropout: 0.1 }]);
});

it.each([
  ['tinny', [], 'FARZI_CONTRIBUTION_UNKNOWN'],
  ['tiny', ['width'], 'FARZI_USAGE'],
  ['tiny', ['wdith=3'], 'FARZI_CONFIG_UNKNOWN_KEY'],
  ['tiny', ['width=wide'], 'FARZI_CONFIG_INVALID'],
  ['tiny', ['width.inner=1', 'width=3', 'width.inner=1'], 'FARZI_USAGE'],
])('refuses %s with %j', async (id, settings, code) => {
  expect(await errorOf(() => Promise.resolve().then(() => modelFrom(registry, id, settings)))).toMatchObject({ code });
});
