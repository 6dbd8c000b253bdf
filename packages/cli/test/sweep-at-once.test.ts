import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
const values = [2, 3, 4];
const grid = ['--sweep', `synthetic.sequences=${values.join(',')}`, '--set', 'evaluation.seeds=1'];
const names = values.map((value) => `synthetic.sequences=${value}`);
const alone = join(folder.path, 'alone');

const sweepOf = (out: string): { readonly members: readonly { readonly status: string; readonly error?: { readonly code: string } }[] } =>
  JSON.parse(readFileSync(join(out, 'sweep.json'), 'utf8')) as ReturnType<typeof sweepOf>;

const started = (out: string, ...more: readonly string[]): Running =>
  startFarzi(['sweep', config, ...grid, '--at-once', '2', '--out', out, ...more]);

/** Processes of members. */
function children({ child }: Running): number[] {
  const file = `/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
}

/** Jobs of a kind of output that the store of a sweep holds. */
function jobsOf(out: string, output: string): string[] {
  const store = join(out, 'store');
  return readdirSync(store)
    .filter((name) => name.endsWith('.json'))
    .filter((name) => output in (JSON.parse(readFileSync(join(store, name), 'utf8')) as { readonly outputs: object }).outputs);
}

beforeAll(async () => {
  expect(await outcome('sweep', config, ...grid, '--out', alone)).toMatchObject({ exitCode: 0 });
});

describe('members at the same time', () => {
  it('give what they give one after the other, bit for bit, and share what they have in common', async () => {
    const out = join(folder.path, 'two');
    const { exitCode, stderr, stdout } = await started(out).ended;
    expect([exitCode, stderr.includes('error')], stderr).toEqual([0, false]);
    for (const name of names) expect(left(join(out, name))).toEqual(left(join(alone, name)));
    expect(stdout.match(/^\| [ *] \| +\d/gm)).toHaveLength(3);
    expect([jobsOf(out, 'teacher'), jobsOf(out, 'student')].map((jobs) => jobs.length)).toEqual([1, 2 + 3]);
    expect(readdirSync(join(out, 'store')).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect(stderr).toMatch(/\] running members \(0\/3\)\n/);
    expect(stderr.match(/The dataset interactions has/g)).toHaveLength(1);
    for (const [index, name] of names.entries()) expect(stderr).toContain(`] This is member ${index + 1} of 3: ${name}.\n`);
    expect(stderr).toMatch(/\] Member synthetic\.sequences=\d: The dataset interactions has 24 sequences, /);
  });

  // where /proc is there to name them, a process of a member is lost before
  it('are stopped by Ctrl-C, and go on with the command that is printed', async () => {
    const out = join(folder.path, 'interrupted');
    const run = started(out);
    while (!names.slice(0, 2).every((name) => existsSync(join(out, name, 'config.yaml')))) await wait(5);
    const [first] = children(run);
    if (first !== undefined) {
      process.kill(first, 'SIGKILL');
      while (!run.stderr().includes('was lost')) await wait(5);
    }
    run.child.kill('SIGINT');
    const { exitCode, stderr } = await run.ended;
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toContain('The sweep is interrupted, and its members save checkpoints. Interrupt again to stop at once.\n');
    expect(stderr).toMatch(/ farzi sweep .* --at-once 2 --resume\n$/);
    const states = sweepOf(out).members.map(({ status }) => status);
    expect(states).toContain('waiting');
    if (first !== undefined) {
      expect(states).toContain('failed');
      expect(stderr).toContain(' failed:\nerror FARZI_JOB_FAILED: The process of the member was lost: it ended with SIGKILL.\n');
    }
    expect((await started(out, '--resume').ended).exitCode).toBe(0);
    for (const name of names) expect(left(join(out, name))).toEqual(left(join(alone, name)));
  });

  it('end with the first that fails where --fail-fast says so, and the others go on another time', async () => {
    const out = join(folder.path, 'fast');
    const run = startFarzi([
      ...['sweep', config, '--sweep', 'dataset.path=gone.txt,users.txt,more.txt', '--at-once', '2', '--out', out],
      ...['--fail-fast', '--set', 'distillation.outerSteps=4000', '--quiet'],
    ]);
    const { exitCode, stderr } = await run.ended;
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^The member dataset\.path=gone\.txt failed:\nerror FARZI_DATA_NOT_FOUND:/),
    ]);
    expect(sweepOf(out).members.map(({ status }) => status)).toEqual(['failed', 'waiting', 'waiting']);
  });
});
