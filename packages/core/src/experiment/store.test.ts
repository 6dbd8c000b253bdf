import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runToy, temporaryFolder, toyConfig, toyPlugin, withoutClock } from '../../test/toy-experiment.js';
import { errorOf } from '../../test/allclose.js';
import { FarziError } from '../errors.js';
import { done } from '../executor/executor.js';
import { JobStore } from '../executor/job-store.js';
import { defineExecutor, definePlugin, defineStore } from '../plugin/define.js';
import { Registry } from '../plugin/registry.js';
import { FolderBlobs } from '../storage/blobs.js';
import { builtInPlugin } from '../plugin/built-in.js';
import { benchOf } from './bench.js';

const path = temporaryFolder();

const schema = { type: 'object', properties: { store: { type: 'string' } }, required: ['store'] } as const;

/** Does jobs as others would: with nothing but what is in the store that the run names. */
const apart = defineExecutor({
  id: 'apart',
  schema,
  remote: true,
  store: ({ store }) => store,
  create: (_options, context) => ({ workers: 1, run: (job, help) => done(job, help, context), close: () => Promise.resolve() }),
});

/** Places below a folder, of which those that are called away are out of reach. */
const drawers = defineStore({
  id: 'drawer',
  reach: ({ hostname }) =>
    hostname === 'away' ? Promise.reject(new FarziError('FARZI_STORE_UNREACHABLE', 'The drawer away is locked.')) : Promise.resolve(),
  open: ({ hostname }) => new FolderBlobs(path('drawers', hostname)),
});

const plugins = [toyPlugin, definePlugin({ name: 'apart', core: '*', executors: [apart], stores: [drawers] })];
const settings = ['evaluation.arms=[distilled]', 'evaluation.metrics=[hit@5]'] as const;
const config = (store: string): ReturnType<typeof toyConfig> => toyConfig(...settings, `executor={ id: apart, store: "${store}" }`);

it('keeps values of jobs where a plugin does', async () => {
  const inline = await runToy(path('inline'), { config: toyConfig(...settings), plugins });
  const summary = await runToy(path('run'), { config: config('drawer://top'), plugins });
  expect(withoutClock(summary)).toEqual(withoutClock(inline));
  const kept = await readdir(path('drawers', 'top'));
  expect(kept.filter((name) => name.endsWith('.json'))).not.toEqual([]);
  // a process that does jobs finds them there
  const bench = await benchOf({ store: 'drawer://top', engine: 'tfjs-cpu', threads: 1 }, new Registry([builtInPlugin, ...plugins]));
  expect(bench.store).toBeInstanceOf(JobStore);
  const value = kept.find((name) => !name.endsWith('.json')) ?? '';
  expect(await bench.store.get(value)).toHaveProperty('tensors');
});

it('writes nothing where that is out of reach', async () => {
  expect(await errorOf(() => runToy(path('run'), { config: config('drawer://away'), plugins }))).toMatchObject({
    code: 'FARZI_STORE_UNREACHABLE',
  });
  expect(await errorOf(() => runToy(path('run'), { config: config('box://top'), plugins }))).toMatchObject({
    code: 'FARZI_CONTRIBUTION_UNKNOWN',
  });
  expect(await readdir(path('.'))).toEqual([]);
});
