import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { usableEngines } from '../../test/engines.js';
import type { EngineDefinition } from './engine.js';
import { onnxEngine } from './onnx/native.js';
import { folderOf } from './tfjs/node-package.js';
import { builtInEngines } from './built-in.js';
import { selectEngine, surveyEngines } from './select.js';

const broken: EngineDefinition = {
  id: 'quantum',
  check: () => Promise.resolve({ usable: false, reason: 'There is no quantum computer.', install: 'npm install quantum' }),
  create: () => Promise.reject(new Error('must not be asked')),
};
const usableIds = usableEngines.map(([id]) => id);
const hasGpu = existsSync('/dev/nvidiactl');
const installs = (name: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu'): string =>
  `npm install ${name}@4.22.0 (downloads libtensorflow`;
const bare: EngineDefinition = { ...broken, id: 'bare', check: () => Promise.resolve({ usable: false, reason: 'It is bare.' }) };

describe('selectEngine', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('takes the engine that is asked for', async () => {
    const { engine, version, passedOver } = await selectEngine(builtInEngines, 'tfjs-cpu', 1);
    expect(engine.id).toBe('tfjs-cpu');
    expect(version).toMatch(/^cpu backend of TensorFlow\.js \d+\./);
    expect(passedOver).toEqual([]);
  });

  it('takes the first that works for auto, and says why others were passed over', async () => {
    const automatic = (await surveyEngines(builtInEngines)).find(
      ({ availability }) => availability.usable && availability.onlyByName === undefined,
    );
    const { engine, version, passedOver } = await selectEngine([broken, bare, ...builtInEngines], 'auto', 0);
    expect(engine.id).toBe(automatic?.id);
    expect(version).toMatch(/\d+\./);
    expect(passedOver.slice(0, 2)).toEqual([
      { id: 'quantum', reason: 'There is no quantum computer. To install it: npm install quantum.' },
      { id: 'bare', reason: 'It is bare.' },
    ]);
  });

  it.each([
    { named: '', threads: availableParallelism() },
    { named: '3', threads: 3 },
  ])('computes with $threads threads where nobody says how many and FARZI_THREADS is "$named"', async ({ named, threads }) => {
    vi.stubEnv('FARZI_THREADS', named);
    expect((await selectEngine(builtInEngines, 'onnx', 0)).engine.threads).toBe(threads);
    expect((await selectEngine(builtInEngines, 'onnx', 1)).engine.threads).toBe(1);
  });

  it.each(['two', '0', '1.5', '-1'])('refuses FARZI_THREADS of %s', async (named) => {
    vi.stubEnv('FARZI_THREADS', named);
    expect(await errorOf(() => selectEngine(builtInEngines, 'onnx', 0))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: `The environment variable FARZI_THREADS is "${named}", which is no number of threads.`,
    });
  });

  it.skipIf(hasGpu)('takes onnx for auto where there is no GPU', async () => {
    const { engine, version, passedOver } = await selectEngine(builtInEngines, 'auto', 1);
    expect(engine.id).toBe('onnx');
    expect(version).toMatch(/^onnxruntime-node \d+\./);
    expect(passedOver.map(({ id }) => id)).toEqual(['onnx-cuda', 'onnx-webgpu', 'onnx-webgpu-deterministic', 'tfjs-node-gpu']);
  });

  it('takes an engine by name that auto passes over, and says why auto does', async () => {
    const slow: EngineDefinition = {
      id: 'slow',
      check: () => Promise.resolve({ usable: true, version: '1', onlyByName: 'It is slow.' }),
      create: (options) => onnxEngine.create(options),
    };
    expect((await selectEngine([slow, onnxEngine], 'auto', 1)).passedOver).toEqual([{ id: 'slow', reason: 'It is slow.' }]);
    expect((await selectEngine([slow, onnxEngine], 'slow', 1)).version).toBe('1');
  });

  it('refuses an engine that is not known, and lists those that are', async () => {
    expect(await errorOf(() => selectEngine(builtInEngines, 'onyx', 1))).toMatchObject({
      code: 'FARZI_ENGINE_UNAVAILABLE',
      message: 'There is no engine onyx.',
      hint: 'Use one of auto, onnx-cuda, onnx-webgpu, onnx-webgpu-deterministic, tfjs-node-gpu, onnx, tfjs-node, onnx-web, tfjs-wasm, tfjs-cpu.',
    });
  });

  it.each(['auto', 'quantum'])('refuses when nothing asked for by %s works, and says why', async (wanted) => {
    expect(await errorOf(() => selectEngine([broken], wanted, 1))).toMatchObject({
      code: 'FARZI_ENGINE_UNAVAILABLE',
      message: 'No engine can be used.\nquantum: There is no quantum computer. To install it: npm install quantum.',
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

describe('surveyEngines', async () => {
  const survey = new Map((await surveyEngines([...builtInEngines, broken])).map(({ id, availability }) => [id, availability]));

  it('asks every engine, in the order in which auto tries them', () => {
    expect([...survey.keys()]).toEqual([...builtInEngines.map(({ id }) => id), 'quantum']);
    expect([...survey].filter(([, { usable }]) => usable).map(([id]) => id)).toEqual(usableIds);
    expect(usableIds).toEqual(expect.arrayContaining(['onnx', 'onnx-web', 'tfjs-wasm', 'tfjs-cpu']));
  });

  it.skipIf(hasGpu)('says that there is no GPU, and what would install the engines that need one', () => {
    const reason = expect.stringMatching(/^(There is no NVIDIA GPU here, or no driver for it|CUDA does not run on )/) as string;
    expect(survey.get('onnx-cuda')).toEqual({
      usable: false,
      reason,
      install: 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node',
    });
    expect(survey.get('tfjs-node-gpu')).toEqual({ usable: false, reason, install: `${installs('@tensorflow/tfjs-node-gpu')})` });
  });

  it.skipIf(folderOf('@tensorflow/tfjs-node') !== undefined || Number.parseInt(process.versions.node, 10) >= 23)(
    'says that tfjs-node is not installed, and how to get it',
    () => {
      expect(survey.get('tfjs-node')).toEqual({
        usable: false,
        reason: 'The package @tensorflow/tfjs-node is not installed.',
        install: `${installs('@tensorflow/tfjs-node')}; without: docs/air-gapped.md)`,
      });
    },
  );
});
