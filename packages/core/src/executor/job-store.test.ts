import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { FolderBlobs, MemoryBlobs } from '../storage/blobs.js';
import { temporaryFolder } from '../../test/toy-experiment.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import { done } from './executor.js';
import { type Job, jobId } from './job.js';
import { JobStore } from './job-store.js';

const path = temporaryFolder();
const value: Checkpoint = { tensors: { a: { shape: [2], values: Float32Array.of(1, Number.NaN) } }, state: { loss: Number.NaN } };
const job = (seed: number): Job => ({ kind: 'sum', inputs: { b: '2', a: '1' }, numbers: { seed } });
const worker = 'a machine';

describe('a store of jobs', () => {
  it('gives values back by a name that is the same for the same value', async () => {
    const store = new JobStore(new MemoryBlobs());
    const name = await store.put(value);
    expect(await store.get(name)).toEqual(value);
    expect(await new JobStore(new MemoryBlobs()).put(value)).toBe(name);
    await store.putAs('of the data', value);
    expect(await store.get('of the data')).toEqual(value);
  });

  it('says what it lacks, and what was altered or exchanged', async () => {
    const blobs = new FolderBlobs(path('store'));
    const store = new JobStore(blobs);
    expect(await errorOf(() => store.get('nothing'))).toMatchObject({
      code: 'FARZI_STORE_INCOMPLETE',
      message: 'The store of jobs has no nothing.',
    });
    const bytes = (await blobs.read(await store.put(value))) ?? new Uint8Array();
    await blobs.write(
      'altered',
      bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
    );
    await blobs.write('exchanged', bytes);
    for (const name of ['altered', 'exchanged']) expect(await errorOf(() => store.get(name))).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });
});

describe('a job', () => {
  it('has an id of what it is made of', () => {
    expect(jobId(job(1))).toBe(jobId({ numbers: { seed: 1 }, inputs: { a: '1', b: '2' }, kind: 'sum' }));
    expect(jobId(job(1))).not.toBe(jobId(job(2)));
  });

  it('is done once, until it is forgotten', async () => {
    const store = new JobStore(new MemoryBlobs());
    let times = 0;
    const work = () => Promise.resolve({ outputs: { sum: value }, seconds: ++times });
    const result = await done(job(1), { observer: {} }, { store, work, worker });
    expect(await done(job(1), { observer: {} }, { store, work, worker })).toEqual(result);
    expect(times).toBe(1);
    await store.forget(jobId(job(1)));
    expect(await errorOf(() => store.get(result.outputs['sum'] ?? ''))).toMatchObject({ code: 'FARZI_STORE_INCOMPLETE' });
    expect((await done(job(1), { observer: {} }, { store, work, worker })).outputs).toEqual(result.outputs);
    expect(times).toBe(2);
  });

  it('that is forgotten takes nothing from another that gave the same', async () => {
    const store = new JobStore(new MemoryBlobs());
    const work = () => Promise.resolve({ outputs: { sum: value }, seconds: 1 });
    const [one, other] = [
      await done(job(1), { observer: {} }, { store, work, worker }),
      await done(job(2), { observer: {} }, { store, work, worker }),
    ];
    await store.forget(jobId(job(1)));
    expect(one.outputs).not.toEqual(other.outputs);
    expect(await store.get(other.outputs['sum'] ?? '')).toEqual(value);
  });

  it('is kept where other runs may want it', async () => {
    const store = new JobStore(new MemoryBlobs(), true);
    const work = () => Promise.resolve({ outputs: { sum: value }, seconds: 1 });
    const { outputs } = await done(job(1), { observer: {} }, { store, work, worker });
    await store.forget(jobId(job(1)));
    await store.remove(outputs['sum'] ?? '');
    expect(await store.get(outputs['sum'] ?? '')).toEqual(value);
  });

  it('that gives two results names both who gave them', async () => {
    const store = new JobStore(new MemoryBlobs());
    const result = { outputs: { sum: 'a' }, seconds: 1, worker };
    await store.finish('id', result);
    await store.finish('id', { ...result, seconds: 2 });
    expect(await errorOf(() => store.finish('id', { outputs: { sum: 'b' }, seconds: 1, worker: 'another' }))).toMatchObject({
      code: 'FARZI_NOT_DETERMINISTIC',
      message: 'The job id gave one thing to a machine, and another to another.',
    });
  });
});
