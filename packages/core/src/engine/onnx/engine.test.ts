import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../test/allclose.js';
import * as e from '../../program/expressions.js';
import { Graph } from '../../program/graph.js';
import { program } from '../../program/program.js';
import { OnnxEngine } from './engine.js';
import type { SessionRuntime } from './values.js';

/** A session on a device that is lost as soon as something runs: no driver here can be made to do that. */
class LostSession {
  run(): Promise<never> {
    return Promise.reject(new Error('Failed to execute: [Device] is lost. A valid external Instance reference no longer exists.'));
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}
const create = (): Promise<InferenceSession> => Promise.resolve(new LostSession() as unknown as InferenceSession);
const runtime: SessionRuntime = { Tensor, InferenceSession: { ...InferenceSession, create } };

describe('a GPU that is lost', () => {
  const engine = new OnnxEngine('onnx-webgpu', runtime, 'webgpu', 1);
  const hint = 'The GPU was lost, as when its driver is reset: go on from the last checkpoint.';

  it('is told with what to do about it, in a run', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const executable = await engine.compile(program('double', [x], { y: e.add(x, x) }));
    expect(await errorOf(() => executable.run({ x: engine.upload(Float32Array.of(1, 2), [2]) }))).toMatchObject({
      code: 'FARZI_ENGINE_FAILED',
      message: expect.stringMatching(/^ONNX Runtime failed in the program double: .* is lost\./) as string,
      hint,
    });
  });

  it('and where a value is fetched', async () => {
    const onDevice = { value: { location: 'gpu-buffer', type: 'float32', dims: [2] }, shape: [2], dtype: 'float32' } as never;
    expect(await errorOf(() => engine.download(onDevice))).toMatchObject({
      code: 'FARZI_ENGINE_FAILED',
      message: expect.stringMatching(/^ONNX Runtime cannot fetch a value from the device: /) as string,
      hint,
    });
  });
});
