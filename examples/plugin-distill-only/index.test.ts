import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, services } from '@farzi/core';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin from './index.js';

it('replaces the comparison of an experiment, and of that one only', async () => {
  const notes: string[] = [];
  const { summary, folder } = await runWith(plugin, [], [{ onNote: (text) => void notes.push(text) }]);
  expect(summary.results).toEqual([]);
  expect(notes).toContain(`No students are compared. The synthetic data are in ${join(folder, 'synthetic.farzi')}.`);
  await expect(access(join(folder, 'synthetic.farzi'))).resolves.toBeUndefined();
  const other = await runWith(definePlugin({ name: 'nothing', core: '*' }), []);
  expect(other.summary.results).toHaveLength(1);
});

it('shows how a stage is wrapped, too', async () => {
  const seen: number[] = [];
  const watching = definePlugin({
    name: 'watching',
    core: '*',
    services: ({ onActivation }) => {
      onActivation(services.comparison, (_context, compare) => async (session, distillation) => {
        const results = await compare(session, distillation);
        seen.push(results.length);
        return results;
      });
    },
  });
  expect((await runWith(watching, [])).summary.results).toHaveLength(1);
  expect(seen).toEqual([1]);
});
