import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runToy, temporaryFolder, toyConfig, toyPlugin, withoutClock } from '../../test/toy-experiment.js';
import { done } from '../executor/executor.js';
import { defineExecutor, definePlugin } from '../plugin/define.js';
import { noOptions } from '../options/schema.js';

const path = temporaryFolder();

/** How long jobs are gathered before the last of them is done first. */
const GATHER_MILLISECONDS = 50;

/** Does the last of the jobs that wait first, and tells nothing meanwhile, as one on other machines. */
const backwards = defineExecutor({
  id: 'backwards',
  schema: noOptions,
  remote: false,
  create: (_options, context) => {
    const waiting: (() => Promise<void>)[] = [];
    let working = Promise.resolve();
    return {
      workers: 8,
      run: (job) =>
        new Promise((resolve, reject) => {
          waiting.push(() => done(job, { observer: {} }, context).then(resolve, reject));
          setTimeout(() => {
            working = working.then(() => waiting.pop()?.());
          }, GATHER_MILLISECONDS);
        }),
      close: () => Promise.resolve(),
    };
  },
});

it('gives the same synthetic data, students and log in whatever order jobs are done', async () => {
  // learning rates that are equally good
  const settings = [
    ...['evaluation.arms=[distilled]', 'training.learningRate=[0.01, 0.010000001]', 'evaluation.metrics=[hit@5]'],
    ...['teacher.learningRate=[0.01, 0.010000001]', 'teacher.members=3', 'distillation.metaOptimizer.teacherShare=0.5'],
    ...['distillation.metaOptimizer.trajectories=2', 'distillation.validationStudents=2'],
  ];
  const plugins = [toyPlugin, definePlugin({ name: 'backwards', core: '*', executors: [backwards] })];
  const inOrder = await runToy(path('inline'), { config: toyConfig(...settings), plugins });
  const reversed = await runToy(path('backwards'), { config: toyConfig(...settings, 'executor=backwards'), plugins });
  expect(withoutClock(reversed)).toEqual(withoutClock(inOrder));
  for (const file of ['metrics.jsonl', 'synthetic.farzi', 'students/tiny/distilled.safetensors'])
    expect(await readFile(path('backwards', file))).toEqual(await readFile(path('inline', file)));
});
