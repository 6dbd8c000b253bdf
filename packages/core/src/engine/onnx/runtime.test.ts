import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const SWITCH = 'ORT_DISABLE_TELEMETRY';
const before = process.env[SWITCH];
const set = (value: string | undefined): void => {
  if (value === undefined) Reflect.deleteProperty(process.env, SWITCH);
  else process.env[SWITCH] = value;
};
beforeEach(() => vi.resetModules());
afterEach(() => {
  set(before);
});

describe('the telemetry of ONNX Runtime', () => {
  it.each([
    ['is off', undefined, '1'],
    ['is as the user has set it', '0', '0'],
  ])('%s once the engine is imported', async (_what, given, expected) => {
    set(given);
    await import('./runtime.js');
    expect(process.env[SWITCH]).toBe(expected);
  });

  /** What a worker thread gets that loads ONNX Runtime. */
  async function inWorker(env: NodeJS.ProcessEnv): Promise<unknown> {
    const source = new URL('./runtime.ts', import.meta.url).href;
    const code = `import('node:worker_threads').then(async ({ parentPort }) => {
      const { tsImport } = await import('tsx/esm/api');
      const { onnxRuntime } = await tsImport(${JSON.stringify(source)}, ${JSON.stringify(import.meta.url)});
      parentPort.postMessage(await onnxRuntime().then(() => 'loaded', ({ code, hint }) => ({ code, hint })));
    });`;
    const worker = new Worker(code, { eval: true, env });
    const [answer] = (await once(worker, 'message')) as [unknown];
    await worker.terminate();
    return answer;
  }

  it('is not started by a worker thread, which cannot turn it off', async () => {
    expect(await inWorker({})).toEqual({
      code: 'FARZI_ENGINE_UNAVAILABLE',
      hint: 'Import @farzi/core before the worker thread is started, or start the process with ORT_DISABLE_TELEMETRY=1.',
    });
    expect(await inWorker({ [SWITCH]: '1' })).toBe('loaded');
  });
});
