import { afterEach, beforeEach, expect, it } from 'vitest';
import { onnxCudaEngine } from './cuda.js';

const before = process.env['NVIDIA_TF32_OVERRIDE'];
const restore = (): void => {
  if (before === undefined) delete process.env['NVIDIA_TF32_OVERRIDE'];
  else process.env['NVIDIA_TF32_OVERRIDE'] = before;
};
beforeEach(() => {
  delete process.env['NVIDIA_TF32_OVERRIDE'];
});
afterEach(restore);

// nothing of CUDA is loaded until a program is compiled
it('multiplies in float32', async () => {
  await onnxCudaEngine.create({ threads: 1 });
  expect(process.env['NVIDIA_TF32_OVERRIDE']).toBe('0');
});

it('leaves it to the user to have products in TF32', async () => {
  process.env['NVIDIA_TF32_OVERRIDE'] = '1';
  await onnxCudaEngine.create({ threads: 1 });
  expect(process.env['NVIDIA_TF32_OVERRIDE']).toBe('1');
});
