import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter, ReporterDefinition } from '../report/reporter.js';
import type { Summary } from '../report/summary.js';
import { attempt, check } from './assert.js';

type Method = Exclude<keyof Reporter, 'onFinish' | 'name'>;
type Call = { readonly [Name in Method]: readonly [name: Name, ...values: Parameters<NonNullable<Reporter[Name]>>] }[Method];

const LONG = `${'a very long word'.repeat(500)}\n\u001b[31mand a line of another colour\u001b[0m\ttab`;

/** The calls of a run, in an order in which an experiment makes them, with values that seldom occur. */
const callsOf = (runDirectory: string): readonly Call[] => [
  // an engine that cannot be used is told of before the start
  ['onNote', 'The engine other was passed over. There is no device.'],
  ['onStart', { runDirectory, engine: 'onnxruntime-node 1', threads: 1, resumed: true }],
  ['onPhase', 'dataset', { title: 'loading toy' }],
  ['onProgress', { phase: 'dataset', done: 0, detail: LONG }],
  ['onNote', ''],
  ['onNote', LONG],
  ['onPhase', 'teacher', { title: LONG, total: 100 }],
  ['onProgress', { phase: 'teacher', done: 50, total: 100, detail: '' }],
  ['onMeasurement', { phase: 'teacher', subject: 'teacher', step: 50, values: { loss: Number.NaN, 'ndcg@10': Infinity, mrr: -Infinity } }],
  ['onMeasurement', { phase: 'teacher', subject: LONG, step: 0, values: {} }],
  ['onCheckpoint', join(runDirectory, 'checkpoints', 'teacher')],
  ['onPhase', 'distillation', { title: 'distilling', total: 0 }],
  ['onProgress', { phase: 'distillation', done: 0, total: 0, detail: 'real-data loss 3.2' }],
  ['onPhase', 'students', { title: 'training students from scratch', total: 2 }],
  // more than there were to be, and less than before
  ['onProgress', { phase: 'students', done: 3, total: 2, detail: 'full, seed 1' }],
  ['onProgress', { phase: 'students', done: 1, detail: 'full, seed 1' }],
];

const summary: Summary = {
  task: 'recommendation',
  dataset: { id: 'toy', users: 60, items: 30, events: 540 },
  synthetic: {
    ...{ sequences: 6, length: 8, rank: 4, inputs: 'soft', storedNumbers: 336 },
    ...{ bytes: 800, bytesOfIds: 300, bytesOfEvents: 400, fractionOfBytes: 2 },
    bytesOf: { latents: 150, decoder: 90, inputs: 0, weights: 6, description: 554, vocabulary: 300 },
    ...{ fractionOfSequences: 0.1, fractionOfEvents: 0.1, fractionOfNumbers: 0.62 },
  },
  protocol: ['Toy data: leave one out.', LONG],
  results: [
    { data: 'full', student: 'tiny', seed: 1, sequences: 60, trainingSeconds: 1, trainingSteps: 30, metrics: { 'hr@10': 0.5 } },
    // training diverged
    { data: 'distilled', student: 'tiny', seed: 1, sequences: 6, trainingSeconds: 0, trainingSteps: 0, metrics: {} },
    { data: 'distilled', student: 'tiny', seed: 2, sequences: 6, trainingSeconds: 1, trainingSteps: 30, metrics: { 'hr@10': Number.NaN } },
    // needs no training
    { data: 'popularity', student: 'tiny', seed: 1, sequences: 60, trainingSeconds: 0, metrics: { 'hr@10': 0.1 } },
  ],
  retention: { tiny: { 'hr@10': Number.NaN } },
  distillation: {
    ...{ seconds: 1, outerSteps: 6, innerSteps: 3, skippedSteps: 1, selectedStep: 3 },
    ...{ peakRssMB: 100, engine: 'onnxruntime-node 1' },
  },
};

/** A run that a reporter follows, with a run directory of its own. */
class Run {
  readonly calls: readonly Call[];

  constructor(
    private readonly id: string,
    readonly reporter: Reporter,
    readonly directory: string,
  ) {
    this.calls = callsOf(directory);
  }

  async call(call: Call): Promise<void> {
    const [name, ...values] = call;
    const method = this.reporter[name] as ((...given: readonly unknown[]) => unknown) | undefined;
    const result = await attempt(`${this.id}: Calling ${name}`, () => ({ value: method?.apply(this.reporter, values) }));
    check(result.value === undefined, `${this.id}: The method ${name} gives ${typeof result.value}: nobody waits for it.`);
  }

  async finish(): Promise<void> {
    const result = await attempt(`${this.id}: Calling onFinish`, () => this.reporter.onFinish?.(summary, this.directory) as unknown);
    check(result === undefined, `${this.id}: The method onFinish gives ${typeof result}, and is asked for nothing.`);
  }

  files(): Promise<string[]> {
    return readdir(this.directory, { recursive: true });
  }
}

/** A file's name, whenever it was written: one reporter may begin a second after another. */
const withoutTimes = (name: string): string => name.replace(/\d{10,}/g, '(time)');

/**
 * Checks that a reporter keeps its contract: every method can be called in the order of a run and with values that
 * seldom occur (no total, NaN, long texts, more done than there was, students that diverged), throws nothing, and gives
 * nothing (`onFinish` may give a promise of nothing); a run may end early; two reporters do not know of each other, and
 * write into their own run directories.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkReporter(definition: ReporterDefinition): Promise<void> {
  const { id } = definition;
  const root = await mkdtemp(join(tmpdir(), 'farzi-reporter-'));
  const start = async (): Promise<Run> =>
    new Run(id, await attempt(`${id}: Calling create`, () => definition.create()), await mkdtemp(join(root, 'run-')));
  try {
    const alone = await start();
    for (const call of alone.calls) await alone.call(call);
    await alone.finish();
    const interrupted = await start();
    for (const call of interrupted.calls.slice(0, 5)) await interrupted.call(call);
    const [one, two] = [await start(), await start()];
    check(one.reporter !== two.reporter, `${id}: Calling create gives the same reporter twice.`);
    for (const [index, call] of one.calls.entries()) {
      await one.call(call);
      await two.call(two.calls[index] as Call);
    }
    await one.finish();
    await two.finish();
    const [expected, ...found] = [await alone.files(), await one.files(), await two.files()].map((files) =>
      files.map(withoutTimes).sort().join(', '),
    );
    for (const files of found)
      check(
        files === expected,
        `${id}: Followed by two reporters at a time, a run gets the files ${files || 'none'}, not ${expected ?? 'none'}.`,
      );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
