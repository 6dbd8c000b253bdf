import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { runToy, syntheticBytes, temporaryFolder, toyConfig, withoutClock } from '../../test/toy-experiment.js';
import type { Phase, Reporter } from '../report/reporter.js';
import type { Summary } from '../report/summary.js';

const path = temporaryFolder();

/** The same run without an interruption. */
let whole = '';
let expected: Summary;
beforeAll(async () => {
  whole = await mkdtemp(join(tmpdir(), 'farzi-whole-'));
  expected = await runToy(whole);
});
afterAll(() => rm(whole, { recursive: true, force: true }));

/** Aborts when some units of a phase are done. */
function interrupter(phase: Phase, done: number): { reporter: Reporter; signal: AbortSignal } {
  const controller = new AbortController();
  const reporter: Reporter = {
    onProgress: (progress) => {
      if (progress.phase === phase && progress.done >= done) controller.abort();
    },
  };
  return { reporter, signal: controller.signal };
}

async function interrupted(run: string, phase: Phase, done: number, existing: 'refuse' | 'resume' = 'refuse'): Promise<void> {
  const { reporter, signal } = interrupter(phase, done);
  expect(await errorOf(() => runToy(run, { existing, reporters: [reporter], signal }))).toMatchObject({
    code: 'FARZI_INTERRUPTED',
    hint: 'Run the same command with --resume to go on.',
  });
}

/** Resumes a run and expects what the uninterrupted one gave. */
async function expectResumed(run: string): Promise<void> {
  const summary = await runToy(run, { existing: 'resume' });
  expect(withoutClock(summary)).toEqual(withoutClock(expected));
  expect(await syntheticBytes(run)).toEqual(await syntheticBytes(whole));
}

describe('a run that was interrupted', () => {
  it.each([
    ['dataset', 0],
    ['teacher', 30],
    ['distillation', 2],
    ['distillation', 3],
    ['distillation', 5],
    ['students', 4],
  ] as const)('in the phase %s after %i goes on to the same result', async (phase, done) => {
    await interrupted(path('run'), phase, done);
    await expectResumed(path('run'));
  });

  /** What was measured when, in the order of the run. */
  const measured = async (run: string): Promise<unknown[]> =>
    (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .map(({ phase, subject, step }) => [phase, subject, step]);

  it.each(['teacher', 'students'] as const)('in the middle of a training (%s) goes on with it', async (phase) => {
    const controller = new AbortController();
    let measurements = 0;
    const reporter: Reporter = {
      onMeasurement: (measurement) => {
        if (measurement.phase === phase && ++measurements === 2) controller.abort();
      },
    };
    const error = await errorOf(() => runToy(path('run'), { reporters: [reporter], signal: controller.signal }));
    expect(error).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    expect(await readdir(path('run', 'checkpoints', 'training'))).toHaveLength(1);
    await expectResumed(path('run'));
    expect(await measured(path('run'))).toEqual(await measured(whole));
    expect(await readdir(path('run', 'checkpoints'))).not.toContain('training');
  });

  it('by a crash after its last checkpoint measures nothing twice', async () => {
    await interrupted(path('run'), 'distillation', 2);
    const checkpoint = path('run', 'checkpoints', 'distillation.safetensors');
    const earlier = await readFile(checkpoint);
    await interrupted(path('run'), 'distillation', 5, 'resume');
    await writeFile(checkpoint, earlier);
    await appendFile(path('run', 'metrics.jsonl'), '{"phase":"distill');
    await expectResumed(path('run'));
    expect(await measured(path('run'))).toEqual(await measured(whole));
  });

  it('again and again goes on to the same result', async () => {
    await interrupted(path('run'), 'teacher', 10);
    await interrupted(path('run'), 'distillation', 1, 'resume');
    await interrupted(path('run'), 'distillation', 4, 'resume');
    await interrupted(path('run'), 'students', 1, 'resume');
    await interrupted(path('run'), 'students', 7, 'resume');
    await expectResumed(path('run'));
  });

  it('does not train again what is done', async () => {
    await runToy(path('run'));
    const before = await readFile(path('run', 'metrics.jsonl'), 'utf8');
    const phases: string[] = [];
    let resumed: boolean | undefined;
    const reporter: Reporter = { onPhase: (phase) => phases.push(phase), onStart: (info) => (resumed = info.resumed) };
    await runToy(path('run'), { existing: 'resume', reporters: [reporter] });
    expect(resumed).toBe(true);
    expect(phases).not.toContain('teacher');
    expect(await readFile(path('run', 'metrics.jsonl'), 'utf8')).toBe(before);
  });

  it('is not resumed with another configuration', async () => {
    await interrupted(path('run'), 'teacher', 10);
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume', config: toyConfig('seed=2') }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `${path('run', 'config.yaml')} belongs to another run: seed was 1, and is 2`,
    });
  });

  it('is started anew with overwrite, whatever it was', async () => {
    await interrupted(path('run'), 'distillation', 4);
    await writeFile(path('run', 'notes.txt'), 'mine');
    const summary = await runToy(path('run'), { existing: 'overwrite' });
    expect(withoutClock(summary)).toEqual(withoutClock(expected));
    expect(await syntheticBytes(path('run'))).toEqual(await syntheticBytes(whole));
    expect(await readFile(path('run', 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('says so when a checkpoint is damaged', async () => {
    await interrupted(path('run'), 'distillation', 4);
    const file = path('run', 'checkpoints', 'distillation.safetensors');
    await writeFile(file, (await readFile(file)).subarray(0, -3));
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume' }))).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });
});
