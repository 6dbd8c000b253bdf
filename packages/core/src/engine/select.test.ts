import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import type { EngineDefinition } from './engine.js';
import { builtInEngines, selectEngine, surveyEngines } from './select.js';

const broken: EngineDefinition = {
  id: 'quantum',
  check: () => Promise.resolve({ usable: false, reason: 'no quantum computer', install: 'npm install quantum' }),
  create: () => Promise.reject(new Error('must not be asked')),
};
const bare: EngineDefinition = { ...broken, id: 'bare', check: () => Promise.resolve({ usable: false, reason: 'none' }) };

describe('selectEngine', () => {
  it('takes the engine that is asked for', async () => {
    const { engine, version, passedOver } = await selectEngine(builtInEngines, 'tfjs-cpu', 1);
    expect(engine.id).toBe('tfjs-cpu');
    expect(version).toMatch(/^cpu backend of TensorFlow\.js \d+\./);
    expect(passedOver).toEqual([]);
  });

  it('takes the first that works for auto, and says why others were passed over', async () => {
    const { engine, version, passedOver } = await selectEngine([broken, bare, ...builtInEngines], 'auto', 0);
    expect(engine.id).toBe('onnx');
    expect(engine.threads).toBe(availableParallelism());
    expect(version).toMatch(/^onnxruntime-node \d+\./);
    expect(passedOver).toEqual([
      { id: 'quantum', reason: 'no quantum computer (install: npm install quantum)' },
      { id: 'bare', reason: 'none' },
    ]);
  });

  it('refuses an engine that is not known, and lists those that are', async () => {
    expect(await errorOf(() => selectEngine(builtInEngines, 'onyx', 1))).toMatchObject({
      code: 'FARZI_ENGINE_UNAVAILABLE',
      message: 'there is no engine onyx',
      hint: 'Known engines: auto, onnx, tfjs-wasm, tfjs-cpu.',
    });
  });

  it.each(['auto', 'quantum'])('refuses when nothing asked for by %s works, and says why', async (wanted) => {
    expect(await errorOf(() => selectEngine([broken], wanted, 1))).toMatchObject({
      code: 'FARZI_ENGINE_UNAVAILABLE',
      message: 'no engine can be used: quantum: no quantum computer (install: npm install quantum)',
      hint: 'Run farzi doctor.',
    });
  });

  it.each([
    ['onnx', 2],
    ['tfjs-wasm', 1],
    ['tfjs-cpu', 1],
  ])('%s asked for two threads computes with %i', async (id, threads) => {
    expect((await selectEngine(builtInEngines, id, 2)).engine.threads).toBe(threads);
  });
});

it('surveyEngines asks every engine', async () => {
  const survey = await surveyEngines([...builtInEngines, broken]);
  expect(survey.map(({ id, availability }) => [id, availability.usable])).toEqual([
    ['onnx', true],
    ['tfjs-wasm', true],
    ['tfjs-cpu', true],
    ['quantum', false],
  ]);
});
