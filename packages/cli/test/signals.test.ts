import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { startFarzi } from './process.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);

/** From the signal to the end. */
const SOON_MILLISECONDS = 5000;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

it.each([
  // steps that take a second or more
  ['onnx', 'SIGTERM', 600],
  ['onnx-web', 'SIGINT', 250],
  ['tfjs-cpu', 'SIGTERM', 20],
] as const)('farzi run on %s ends soon at %s, and goes on later', async (engine, signal, steps) => {
  const out = join(folder.path, engine);
  const long = [`teacher.maxSteps=${steps}`, `teacher.evaluateEvery=${steps}`];
  // of what comes after, no more than shows that it goes on
  const short = ['distillation.outerSteps=1', 'evaluation.arms=[popularity]'];
  const argv = ['run', config, '--out', out, ...[`engine=${engine}`, ...long, ...short].flatMap((each) => ['--set', each])];
  const { child, stderr, ended } = startFarzi(argv);
  let over = false;
  void ended.then(() => (over = true));
  while (!over && !stderr().includes('training the teacher')) await wait(5);
  await wait(100);
  const sent = performance.now();
  child.kill(signal);
  const { exitCode, stdout } = await ended;
  expect([exitCode, stdout]).toEqual([130, '']);
  expect(performance.now() - sent).toBeLessThan(SOON_MILLISECONDS);
  expect(stderr()).toMatch(
    / The run is interrupted and saves a checkpoint\. [^]*\nThe run was interrupted\. To go on where it stopped, run this command:\n {2}farzi run /,
  );
  expect(readdirSync(join(out, 'checkpoints', 'training'), { recursive: true })).toContainEqual(
    expect.stringMatching(/^[\da-f]{12}.0\.01\.safetensors$|^teacher.0\.01\.safetensors$/),
  );
  const resumed = await outcome(...argv, '--resume');
  expect(resumed.stderr).toMatch(/The run in .* goes on with [^]*\] The run is done after /);
  expect(resumed.exitCode).toBe(0);
});
