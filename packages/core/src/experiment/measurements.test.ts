import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { runToy, syntheticBytes, temporaryFolder, toyConfig, toyPlugin, withoutClock } from '../../test/toy-experiment.js';
import { defineMetric, definePlugin } from '../plugin/define.js';
import type { Measurement, Reporter } from '../report/reporter.js';
import { parseExact } from '../storage/exact-json.js';

const path = temporaryFolder();

/** Means of logarithms, which are below 0: one of which more is better, and one of which less is. */
const negative = definePlugin({
  name: 'negative',
  core: '*',
  metrics: (['gain', 'cost'] as const).map((id) =>
    defineMetric({
      id,
      tasks: ['recommendation'],
      cutoff: 'none',
      smallerIsBetter: id === 'cost',
      start: () => {
        const values: number[] = [];
        return {
          observe: ({ rank, logProbability }) => values.push(id === 'gain' ? logProbability : -1 / rank),
          result: () => values.reduce((sum, value) => sum + value / values.length, 0),
        };
      },
    }),
  ),
});

const quick = [
  ...['teacher.snapshots=0', 'distillation.outerSteps=2', 'distillation.validateEvery=1', 'evaluation.seeds=1'],
  'evaluation.arms=[distilled]',
];

const validations = async (run: string): Promise<Measurement['values'][]> =>
  (await readFile(path(run, 'metrics.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => parseExact(line) as Measurement)
    .filter(({ phase, subject }) => phase === 'distillation' && subject === 'validation')
    .map(({ values }) => values);

describe('a metric whose values are negative', () => {
  it.each(['gain', 'cost'])('is recorded with its own sign, whichever way is better: %s', async (key) => {
    const notes: string[] = [];
    const details: string[] = [];
    const reporter: Reporter = { onNote: (text) => notes.push(text), onProgress: ({ detail }) => details.push(detail) };
    const config = toyConfig(...quick, `evaluation.metrics=[${key}]`, `evaluation.selection=${key}`);
    const { results } = await runToy(path('run'), { config, plugins: [toyPlugin, negative], reporters: [reporter] });
    expect(results[0]?.metrics[key]).toBeLessThan(0);
    const recorded = await validations('run');
    expect(recorded).toHaveLength(3);
    for (const values of recorded) expect(values[key]).toBeLessThan(0);
    expect(notes.find((note) => note.startsWith('The teacher has'))).toMatch(new RegExp(`^The teacher has ${key} -\\d`));
    expect(details.some((detail) => detail.includes(`, validation ${key} -`))).toBe(true);
  });
});

describe('a validation that diverged', () => {
  const config = toyConfig(
    ...['synthetic.initialisation=random', 'teacher.snapshots=0', 'training.learningRate=3e38', 'distillation.outerSteps=4'],
    ...['distillation.validateEvery=1', 'evaluation.arms=[popularity]'],
  );

  it('is recorded in words, and what it says survives an interruption', async () => {
    const whole = await runToy(path('whole'), { config });
    const text = await readFile(path('whole', 'metrics.jsonl'), 'utf8');
    expect(text).toContain('"values":{"hit@5":"-Infinity"}');
    expect(text).not.toContain('null');
    expect(await validations('whole')).toEqual(Array.from({ length: 5 }, () => ({ 'hit@5': -Infinity })));
    const controller = new AbortController();
    const reporter: Reporter = { onProgress: ({ phase, done }) => phase === 'distillation' && done === 2 && controller.abort() };
    expect(await errorOf(() => runToy(path('run'), { config, reporters: [reporter], signal: controller.signal }))).toMatchObject({
      code: 'FARZI_INTERRUPTED',
    });
    const resumed = await runToy(path('run'), { config, existing: 'resume' });
    expect(withoutClock(resumed)).toEqual(withoutClock(whole));
    expect(await syntheticBytes(path('run'))).toEqual(await syntheticBytes(path('whole')));
    expect(await validations('run')).toEqual(await validations('whole'));
  });
});
