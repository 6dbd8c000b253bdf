import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { startFarzi } from './process.js';

const folder = temporaryFolder();
const config = writeUsers(folder);

describe('farzi run, twice in one folder at once', () => {
  it('goes on once, and names the one that does to the other', async () => {
    const run = join(folder.path, 'shared');
    const calls = [1, 2].map(() => startFarzi(['run', config, '--out', run, '--quiet', '--set', 'distillation.outerSteps=40']));
    const outcomes = await Promise.all(calls.map(async (call) => ({ ...(await call.ended), pid: call.child.pid ?? 0 })));
    const [first, second] = outcomes.sort((a, b) => Number(a.exitCode) - Number(b.exitCode));
    expect([first?.exitCode, first?.stderr, second?.exitCode, second?.stdout]).toEqual([0, '', 2, '']);
    expect(second?.stderr).toBe(
      `error FARZI_RUN_LOCKED: The run directory ${run} is in use by process ${first?.pid ?? 0} on ${hostname()}.\nhint: Wait until that run has ended, or stop it and go on with --resume; or give --out another folder.\n`,
    );
    expect(readdirSync(run)).not.toContain('run.lock');
  });
});

describe('a run that is killed right after a checkpoint', () => {
  folder.write(
    'killer.mjs',
    `let measured = 0;
     const onCheckpoint = () => { if (measured > 30) process.kill(process.pid, 'SIGKILL'); };
     const onMeasurement = ({ subject }) => { if (subject === 'outer loop') measured += 1; };
     export default { name: 'killer', core: '*', reporters: [{ id: 'killer', create: () => ({ onCheckpoint, onMeasurement }) }] };`,
  );

  // between the steps of this engine the process has no time to write
  it('has all measurements that are older than it', async () => {
    const run = join(folder.path, 'killed');
    const settings = ['engine=tfjs-wasm', 'plugins=[./killer.mjs]', 'distillation.outerSteps=80', 'distillation.validateEvery=40'];
    const { ended } = startFarzi(['run', config, '--out', run, '--quiet', ...settings.flatMap((setting) => ['--set', setting])]);
    expect(await ended).toMatchObject({ exitCode: null, stderr: '' });
    const measured = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { readonly subject: string; readonly step: number })
      .filter(({ subject }) => subject === 'outer loop')
      .map(({ step }) => step);
    expect(measured).toEqual(Array.from({ length: 40 }, (_, step) => step + 1));
  });
});

describe('a run directory that cannot be made', () => {
  it.skipIf(process.platform !== 'linux')('is told of, instead of being tried for ever', async () => {
    const { exitCode, stderr } = await startFarzi(['run', config, '--out', '/proc/farzi']).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error FARZI_FILE_SYSTEM: Cannot make /proc/farzi: no such file or directory (ENOENT).\nhint: A folder');
  });
});

describe('output that cannot be written', () => {
  it.skipIf(process.platform !== 'linux')('is told of with a code', async () => {
    const full = openSync('/dev/full', 'w');
    const { ended } = startFarzi(['plugins'], { output: full });
    const { exitCode, stderr } = await ended;
    closeSync(full);
    expect([exitCode, stderr]).toEqual([
      1,
      'error FARZI_FILE_SYSTEM: Cannot write the results to stdout: ENOSPC: no space left on device, write.\nhint: What the command wrote to files is there. Send its output elsewhere, and call it again.\n',
    ]);
  });
});
