import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { left } from './left.js';
import { type Running, startFarzi } from './process.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);
const whole = join(folder.path, 'inline');
/** Several learning rates make the teacher and the first seed of every arm a small graph of jobs. */
const settings = [
  ...['training.learningRate=[0.01,0.05]', 'teacher.learningRate=[0.01,0.05]', 'evaluation.seeds=2'],
  ...['distillation.metaOptimizer.trajectories=2', 'distillation.validationStudents=2'],
];
const argv = (out: string, more: readonly string[] = []): string[] => [
  ...['run', config, '--out', out],
  ...[...settings, ...more].flatMap((each) => ['--set', each]),
];

beforeAll(async () => {
  expect(await outcome(...argv(whole))).toMatchObject({ exitCode: 0 });
});

const started = (out: string, more: readonly string[] = [], flags: readonly string[] = []): Running =>
  startFarzi([...argv(out, ['executor.workers=2', ...more]), '--executor', 'processes', ...flags], {
    environment: { FARZI_EXECUTOR: undefined },
  });

/** Processes that a run has started to do its jobs. */
function children({ child }: Running): number[] {
  const { pid = 0 } = child;
  const file = `/proc/${pid}/task/${pid}/children`;
  const all = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  return all.filter((each) => commandOf(each).includes('job-process'));
}

/** Empty for a process that has ended meanwhile. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('jobs that processes do', () => {
  it('give what one process gives, bit for bit, and are told in the same order', async () => {
    const out = join(folder.path, 'processes');
    const more = availableParallelism() + 1;
    const { exitCode, stderr } = await started(out, [`executor.workers=${more}`]).ended;
    expect([exitCode, stderr.includes('error')], stderr).toEqual([0, false]);
    expect(stderr).toContain(
      `The option executor.workers is ${more}, and as many processes as this machine has cores work at the same time: ${more - 1}.`,
    );
    expect(stderr).toContain(`Up to ${more - 1} students are trained at the same time, each by a process that is expected to take `);
    expect(left(out)).toEqual(left(whole));
  });

  it.skipIf(process.platform !== 'linux')('lose nothing with a process that is killed, nor with all of them', async () => {
    const out = join(folder.path, 'killed');
    const results = join(out, 'checkpoints', 'results.safetensors');
    const running = started(out);
    let over = false;
    void running.ended.then(() => (over = true));
    let killed = 0;
    while (killed === 0 && !over) {
      await wait(5);
      const [first] = children(running);
      // it is started for the first job, and has not done that yet
      if (first === undefined) continue;
      process.kill(first, 'SIGKILL');
      killed += 1;
    }
    while (!over && !existsSync(results)) await wait(5);
    running.child.kill('SIGINT');
    const { exitCode, stderr } = await running.ended;
    expect([exitCode, killed], stderr).toEqual([130, 1]);
    expect(stderr).toMatch(/A process was lost that worked on a job \(\w+\): it ended with SIGKILL\. The job is begun again\./);
    const again = started(out, [], ['--resume']);
    while (children(again).length === 0 && again.child.exitCode === null) await wait(5);
    const others = children(again);
    again.child.kill('SIGKILL');
    expect((await again.ended).signal).toBe('SIGKILL');
    // nobody is left to work for nobody
    for (let tries = 0; others.some((pid) => existsSync(`/proc/${pid}/exe`)) && tries < 200; tries++) await wait(50);
    expect(others.filter((pid) => existsSync(`/proc/${pid}/exe`))).toEqual([]);
    expect(await outcome(...argv(out), '--resume', '--executor', 'inline')).toMatchObject({ exitCode: 0 });
    expect(left(out)).toEqual(left(whole));
  });

  it('fail with the error of their process', async () => {
    const out = join(folder.path, 'failing');
    const plugin = folder.write(
      'thrower.mjs',
      `const arm = { id: 'thrower', schema: { type: 'object', properties: {} }, budget: 'training', create: () => { throw new Error('no data today'); } };
export default { name: 'thrower', core: '*', arms: [arm] };
`,
    );
    const { exitCode, stderr } = await started(out, [`plugins=[${plugin}]`, 'evaluation.arms=[full, thrower]']).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no data today/);
  });
});
