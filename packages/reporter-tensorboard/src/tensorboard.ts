import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, ReporterDefinition } from '@farzi/core';
import { EventFile } from './event-file.js';

const FOLDER = 'tensorboard';
const FILE = /^events\.out\.tfevents\.\d+\.farzi$/;

/** Writes what a run measures into its directory, in the folder `tensorboard`, while it runs. */
export const tensorboard: ReporterDefinition = {
  id: 'tensorboard',
  create: () => {
    let file: EventFile | undefined;
    const now = (): number => Date.now() / 1000;
    const reporter: Reporter = {
      onStart: ({ runDirectory, resumed }) => {
        const folder = join(runDirectory, FOLDER);
        mkdirSync(folder, { recursive: true });
        // those of a run that is started anew; one that goes on has several, which are shown as one
        const earlier = readdirSync(folder).filter((name) => FILE.test(name));
        if (!resumed) for (const name of earlier) rmSync(join(folder, name));
        // TensorBoard reads files in the order of their names
        const [last = 0] = resumed ? earlier.map((name) => Number(name.split('.')[3])).sort((a, b) => b - a) : [];
        file = new EventFile(join(folder, `events.out.tfevents.${Math.max(Math.floor(now()), last + 1)}.farzi`), now);
      },
      onMeasurement: ({ phase, subject, step, values }) => {
        for (const [name, value] of Object.entries(values)) file?.add({ tag: `${phase}/${subject}/${name}`, step, value });
      },
      onFinish: ({ results }) => {
        for (const { data, student, seed, metrics } of results)
          for (const [name, value] of Object.entries(metrics)) file?.add({ tag: `test ${name}/${student} ${data}`, step: seed, value });
        file?.close();
        file = undefined;
      },
    };
    return reporter;
  },
};
