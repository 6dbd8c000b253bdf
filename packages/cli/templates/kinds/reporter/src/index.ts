import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, type ReporterDefinition } from '@farzi/core';

/** Writes when each phase of a run began, as tab-separated lines. */
export const myContribution: ReporterDefinition = {
  id: 'my-contribution',
  create: () => {
    const lines: string[] = [];
    const started = performance.now();
    return {
      onPhase: (phase) => {
        lines.push(`${((performance.now() - started) / 1000).toFixed(1)}\t${phase}\n`);
      },
      onFinish: async (_summary, runDirectory) => {
        await writeFile(join(runDirectory, 'phases.tsv'), `seconds\tphase\n${lines.join('')}`);
      },
    };
  },
};

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', reporters: [myContribution] });
