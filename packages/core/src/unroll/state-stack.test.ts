import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onnxEngine } from '../engine/onnx/native.js';
import type { LearnerState } from './learner.js';
import { StateStack } from './state-stack.js';

const engine = await onnxEngine.create({ threads: 1 });
const NUMBERS = [0.1, -0, Number.NaN, 1e-42, -3e38];
/** 5 weights and 5 numbers of one slot. */
const BYTES = 40;

const state = (step: number): LearnerState => ({
  tensors: {
    weights: engine.upload(
      Float32Array.from(NUMBERS, (value) => value + step),
      [5],
    ),
    'slot.velocity': engine.upload(
      Float32Array.from(NUMBERS, (value) => value * step),
      [5],
    ),
  },
  step,
});
/** A state bit for bit, by the names of its tensors. */
const bits = async ({ tensors, step }: LearnerState): Promise<unknown> => {
  const values = await Promise.all(Object.values(tensors).map((tensor) => engine.download(tensor)));
  const bytes = values.map(({ buffer, byteOffset, byteLength }) => [...new Uint8Array(buffer, byteOffset, byteLength)]);
  return { step, ...Object.fromEntries(Object.keys(tensors).map((name, index) => [name, bytes[index]])) };
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'state-stack-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('StateStack', () => {
  it.each([Infinity, 3 * BYTES, BYTES, 1])('gives states back newest first, bit for bit, with %d bytes of memory', async (budget) => {
    const stack = new StateStack(engine, budget);
    const like = state(0);
    for (const step of [1, 2, 3, 4, 5]) await stack.push(state(step));
    for (const step of [5, 4]) expect(await bits((await stack.pop(like)) as LearnerState)).toEqual(await bits(state(step)));
    // a segment is replayed on top of what is left
    for (const step of [6, 7, 8]) await stack.push(state(step));
    for (const step of [8, 7, 6, 3, 2, 1]) expect(await bits((await stack.pop(like)) as LearnerState)).toEqual(await bits(state(step)));
    expect(await stack.pop(like)).toBeUndefined();
    await stack.close();
  });

  it('gives tensors back by their names, in whatever order a state or its likeness lists them', async () => {
    const stack = new StateStack(engine, 1);
    const turned = ({ tensors, step }: LearnerState): LearnerState => ({
      tensors: Object.fromEntries(Object.entries(tensors).reverse()),
      step,
    });
    for (const step of [1, 2, 3]) await stack.push(step === 1 ? turned(state(step)) : state(step));
    for (const step of [3, 2, 1]) {
      expect(await bits((await stack.pop(turned(state(0)))) as LearnerState)).toEqual(await bits(state(step)));
    }
    await stack.close();
  });

  it('leaves nothing in the folder for temporary files, even while it is in use', async () => {
    const stack = new StateStack(engine, 1);
    for (const step of [1, 2, 3]) await stack.push(state(step));
    expect(await readdir(folder)).toEqual([]);
    await stack.close();
  });

  it('says what to do when there is no place for states', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'absent'));
    const stack = new StateStack(engine, 1);
    await stack.push(state(1));
    await expect(stack.push(state(2))).rejects.toMatchObject({
      code: 'FARZI_SCRATCH_FILE',
      message: expect.stringContaining(join(folder, 'absent')) as string,
      hint: expect.stringContaining('memoryBudget') as string,
    });
  });
});
