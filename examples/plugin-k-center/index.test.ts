import { checkInitialisation } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith, users } from '../../test/example-experiment.js';
import plugin, { kCenter } from './index.js';

it.each([{}, { candidates: 1 }])('keeps the contract of an initialisation with %o', async (options) => {
  await expect(checkInitialisation(kCenter, { options })).resolves.toBeUndefined();
});

it('starts an experiment from other sequences than the teacher does', async () => {
  const start = async (id: string): Promise<string[]> => {
    const { synthetic } = await runWith(plugin, [`synthetic.initialisation=${id}`, 'distillation.outerSteps=0']);
    const { ids = new Int32Array(), length, sequences } = synthetic.data;
    return Array.from({ length: sequences }, (_, row) => ids.subarray(row * length, (row + 1) * length).join());
  };
  const [chosen, drawn] = [await start('k-center'), await start('teacher')];
  expect(new Set(chosen).size).toBe(chosen.length);
  expect(chosen).not.toEqual(drawn);
  for (const window of chosen) expect(users.some((events) => events.join().includes(window))).toBe(true);
});
