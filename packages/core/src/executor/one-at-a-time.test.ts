import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FolderBlobs } from '../storage/blobs.js';
import { jobsHere } from './inline.js';
import type { Job, Work } from './job.js';
import { JobStore } from './job-store.js';
import { oneAtATime } from './one-at-a-time.js';

const folder = mkdtempSync(join(tmpdir(), 'farzi-one-at-a-time-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A run that shares the store in a folder with others, and does its own jobs. */
const runWith = (path: string, work: Work) =>
  oneAtATime(jobsHere({ store: new JobStore(new FolderBlobs(path), true), work, worker: 'w' }), path);
const job = (number: number): Job => ({ kind: 'test', inputs: {}, numbers: { number } });
const help = { observer: {} };
const worth = (value: number) => ({ outputs: { out: { tensors: {}, state: { value } } }, seconds: 1 });

it('has one of several runs do a job, while others go on with other jobs', async () => {
  const path = join(folder, 'shared');
  const begun: string[] = [];
  let finish = (): void => undefined;
  const first = runWith(path, async ({ numbers }) => {
    begun.push(`first ${numbers['number'] ?? ''}`);
    await new Promise<void>((resolve) => (finish = resolve));
    return worth(1);
  });
  const second = runWith(path, ({ numbers }) => {
    begun.push(`second ${numbers['number'] ?? ''}`);
    return Promise.resolve(worth(2));
  });
  const one = first.run(job(1), help);
  while (begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const same = second.run(job(1), help);
  const other = await second.run(job(2), help);
  finish();
  expect(await same).toEqual(await one);
  expect(other).not.toEqual(await one);
  expect(begun).toEqual(['first 1', 'second 2']);
  expect(readdirSync(path).filter((name) => name.endsWith('.lock'))).toEqual([]);
});

it('leaves a job that fails to the next, and waits no longer than it is let', async () => {
  const path = join(folder, 'failing');
  let fail = (): void => undefined;
  const first = runWith(
    path,
    () =>
      new Promise(
        (_resolve, reject) =>
          (fail = () => {
            reject(new Error('lost'));
          }),
      ),
  );
  const second = runWith(path, () => Promise.resolve(worth(2)));
  const lost = first.run(job(1), help);
  while (!readdirSync(folder).includes('failing') || readdirSync(path).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const impatient = new AbortController();
  const waiting = second.run(job(1), { ...help, signal: impatient.signal });
  impatient.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'FARZI_INTERRUPTED' });
  const patient = second.run(job(1), help);
  await new Promise((resolve) => setTimeout(resolve, 60));
  fail();
  await expect(lost).rejects.toThrow('lost');
  expect(await patient).toMatchObject({ worker: 'w' });
});
