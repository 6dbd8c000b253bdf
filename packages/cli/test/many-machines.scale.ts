import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { left } from './left.js';
import { PostgresServer, whyNoPostgres } from './postgres-server.js';
import { type Ended, type Running, startFarzi } from './process.js';
import type { QueueServer } from './queue-server.js';
import { RedisServer, whyNoRedis } from './redis-server.js';

const PLUGIN = fileURLToPath(new URL('../../executor-bullmq/src/index.ts', import.meta.url));
const kinds = [
  { name: 'Redis', reason: whyNoRedis(), startServer: () => RedisServer.start() },
  { name: 'PostgreSQL', reason: whyNoPostgres(), startServer: () => PostgresServer.start() },
];
for (const { name, reason } of kinds)
  if (reason !== undefined) process.stderr.write(`NOT TESTED: jobs on many machines through ${name}: ${reason}.\n`);

const folder = temporaryFolder();
const config = writeUsers(folder);
const whole = join(folder.path, 'inline');
/** Trainings of some seconds, so that who is killed is at work. */
const settings = [
  ...[`plugins=[${PLUGIN}]`, 'training.learningRate=[0.01,0.05]', 'evaluation.seeds=4'],
  ...['training.maxSteps=1500', 'training.evaluateEvery=250', 'training.patience=1000'],
];
let server: QueueServer;
/** The folder of all that is made through one kind of server. */
let place: string;
const started: Running[] = [];

const start = (argv: readonly string[], password?: string): Running => {
  const running = startFarzi(argv, { environment: { FARZI_EXECUTOR: undefined, FARZI_QUEUE_PASSWORD: password } });
  started.push(running);
  return running;
};

/** Starts a run whose jobs others do. */
function startRun(
  out: string,
  store: string,
  { more = [], flags = [] }: { more?: readonly string[]; flags?: readonly string[] } = {},
): Running {
  const executor = JSON.stringify({ id: 'bullmq', url: server.url, store: join(place, store), queue: store });
  const set = [...settings, `executor=${executor}`, ...more].flatMap((each) => ['--set', each]);
  return start(['run', config, '--out', join(place, out), ...set, ...flags], server.password);
}

const startWorker = (store: string, { queue = store, more = [] }: { queue?: string; more?: readonly string[] } = {}): Running =>
  start(
    [
      ...['worker', '--url', server.url, '--store', join(place, store), '--queue', queue],
      ...['--threads', '1', '--plugin', PLUGIN, ...more],
    ],
    server.password,
  );

/** Waits until a process has written something. */
async function until(running: Running, pattern: RegExp): Promise<void> {
  let over: Ended | undefined;
  void running.ended.then((ended) => (over = ended));
  while (!pattern.test(running.output())) {
    if (over !== undefined) throw new Error(`${String(pattern)} was never written:\n${over.stdout}\n${over.stderr}`);
    await wait(20);
  }
}

beforeAll(async () => {
  if (kinds.every(({ reason }) => reason !== undefined)) return;
  const { exitCode, stderr } = await start([
    'run',
    config,
    '--out',
    whole,
    '--executor',
    'inline',
    ...settings.flatMap((each) => ['--set', each]),
  ]).ended;
  expect(exitCode, stderr).toBe(0);
});

describe.each(kinds.map((kind) => [kind.name, kind] as const))('jobs on many machines through %s', (name, { reason, startServer }) => {
  if (reason !== undefined) {
    it.skip(reason);
    return;
  }

  beforeAll(async () => {
    place = join(folder.path, name);
    mkdirSync(place);
    server = await startServer();
    return () => server.dispose();
  });

  afterEach(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    started.length = 0;
    expect(filesWith(server.password, folder.path)).toEqual([]);
  });

  it('are done as one process does them, bit for bit, whoever is killed meanwhile', async () => {
    const workers = [0, 1, 2].map(() => startWorker('killed'));
    await Promise.all(workers.map((worker) => until(worker, /waits for jobs/)));
    const run = startRun('killed-run', 'killed');
    for (const [index, worker] of workers.entries()) {
      await until(worker, /done in/);
      await wait(300);
      worker.child.kill('SIGKILL');
      workers[index] = startWorker('killed');
    }
    await Promise.any(workers.map((worker) => until(worker, /done in/)));
    await server.kill();
    await wait(1500);
    await server.start();
    const { exitCode, stderr } = await run.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/is out of reach, and tried again until it answers/);
    expect(workers.map((worker) => worker.output()).join('')).toMatch(/was lost with its worker, and waits for another/);
    expect(left(join(place, 'killed-run'))).toEqual(left(whole));
  });

  it('go to another worker when one is interrupted, also where the server forgets all of them', async () => {
    const first = startWorker('interrupted');
    await until(first, /waits for jobs/);
    const run = startRun('interrupted-run', 'interrupted');
    await until(first, /done in/);
    await wait(300);
    first.child.kill('SIGINT');
    expect((await first.ended).exitCode).toBe(130);
    await server.forget();
    startWorker('interrupted');
    const { exitCode, stderr } = await run.ended;
    expect(exitCode, stderr).toBe(0);
    expect(left(join(place, 'interrupted-run'))).toEqual(left(whole));
  });

  it('are found in the store by a run that was interrupted and goes on', async () => {
    const worker = startWorker('resumed');
    await until(worker, /waits for jobs/);
    const run = startRun('resumed-run', 'resumed');
    await until(worker, /(done in[^]*){2}/);
    run.child.kill('SIGINT');
    expect((await run.ended).exitCode).toBe(130);
    // what was under way is done, and nothing else
    const done = (text: string): number => text.match(/done in/g)?.length ?? 0;
    await wait(6000);
    const before = done(worker.output());
    await wait(3000);
    expect(done(worker.output())).toBe(before);
    const { exitCode, stderr } = await startRun('resumed-run', 'resumed', { flags: ['--resume'] }).ended;
    expect(exitCode, stderr).toBe(0);
    expect(left(join(place, 'resumed-run'))).toEqual(left(whole));
  });

  it('fail a run with what was written about three tries', async () => {
    const plugin = folder.write(
      'thrower.mjs',
      `const arm = { id: 'thrower', schema: { type: 'object', properties: {} }, budget: 'training', create: () => { throw new Error('no data today'); } };
export default { name: 'thrower', core: '*', arms: [arm] };
`,
    );
    startWorker('thrown', { more: ['--plugin', plugin] });
    const { exitCode, stderr } = await startRun('thrown-run', 'thrown', {
      more: [`plugins=[${PLUGIN}, ${plugin}]`, 'evaluation.arms=[thrower]'],
    }).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/FARZI_JOB_FAILED:\s+The job student \w{12} failed 3 times:/);
    expect(stderr.match(/Error: no data today/g)).toHaveLength(3);
  });

  it('are refused by workers that have another store or other versions', async () => {
    startWorker('elsewhere', { queue: 'refused' });
    const store = await startRun('refused-run', 'refused').ended;
    expect([store.exitCode, store.stderr]).toEqual([
      1,
      expect.stringMatching(/FARZI_STORE_INCOMPLETE: The worker .* does not share the store/),
    ]);
    startWorker('versions', { more: ['--engine', 'tfjs-cpu'] });
    const versions = await startRun('versions-run', 'versions').ended;
    expect(versions.exitCode).toBe(2);
    expect(versions.stderr).toMatch(/FARZI_WORKER_MISMATCH: The worker on .* does not fit the run: engine is .*, and the run has onnx/);
  });

  it('are not waited for where no server is, or one that refuses', async () => {
    const wrong = await start(['worker', '--url', server.url, '--store', folder.path, '--plugin', PLUGIN], 'not the password').ended;
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/FARZI_EXECUTOR_UNREACHABLE: .*127\.0\.0\.1:\d+ refuses the credentials/),
    ]);
    const nowhere = await start(['worker', '--url', server.url.replace(/\d+(?=\/|$)/, '1'), '--store', folder.path, '--plugin', PLUGIN])
      .ended;
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([
      1,
      expect.stringMatching(/FARZI_EXECUTOR_UNREACHABLE: .*127\.0\.0\.1:1 cannot be reached/),
    ]);
    expect(wrong.stderr + nowhere.stderr).not.toContain('not the password');
  });

  it.runIf(name === 'PostgreSQL')('are not waited for where the database is missing', async () => {
    const url = server.url.replace(/jobs$/, 'nothing');
    const { exitCode, stderr } = await start(['worker', '--url', url, '--store', place, '--plugin', PLUGIN], server.password).ended;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/FARZI_EXECUTOR_UNREACHABLE: .*does not have the database: .*nothing/)]);
  });
});

/** Files below a folder that hold a text. */
const filesWith = (text: string, path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
