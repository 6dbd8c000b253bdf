import { totalmem } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { memoryLimitOf, requireMemory } from './limit.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('is what is configured in MB, or else what the container or the machine has', () => {
  expect(memoryLimitOf(1.5)).toEqual({ bytes: 1.5 * 2 ** 20, origin: 'memoryLimit' });
  const constrained = vi.spyOn(process, 'constrainedMemory');
  constrained.mockReturnValue(2 ** 20);
  expect(memoryLimitOf(undefined)).toEqual({ bytes: 2 ** 20, origin: 'the memory of this container' });
  // what is answered where there is no constraint
  for (const none of [0, 2 ** 64]) {
    constrained.mockReturnValue(none);
    expect(memoryLimitOf(undefined)).toEqual({ bytes: totalmem(), origin: 'the memory of this machine' });
  }
});

it('refuses what is above it, and names what takes most and what to change', () => {
  const parts = [
    { what: 'states of the inner steps', bytes: 6e9, sizes: ['steps', 'sizes of the model'], advice: 'Use checkpointed.' },
    { what: 'the program', bytes: 3e9, sizes: [] },
    { what: 'learners', bytes: 2e9, sizes: ['poolSize', 'sizes of the model'] },
    { what: 'a little', bytes: 1e6, sizes: ['nothing'] },
  ];
  const estimate = { memoryBytes: 11e9, parts };
  requireMemory(estimate, { bytes: 11e9, origin: 'memoryLimit' });
  const refused = refusal(() => {
    requireMemory(estimate, { bytes: 8 * 2 ** 30, origin: 'the memory of this machine' });
  });
  expect(refused).toEqual({
    code: 'FARZI_MEMORY_LIMIT',
    message:
      'The job is expected to take 10 GB of memory (states of the inner steps 5.6 GB, learners 1.9 GB), and the memory of this machine is 8.0 GB.',
    hint: 'Use checkpointed. Lower steps, sizes of the model, poolSize. An estimate may be half above what is taken: where you know better, set memoryLimit to more MB.',
  });
});
