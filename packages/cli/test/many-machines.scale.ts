import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkExecutor } from '@farzi/core/testing';
import { bullmq } from '@farzi/executor-bullmq';
import { S3Server, whyNoS3 } from '../../../test/s3-server.js';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { left } from './left.js';
import { PostgresServer, whyNoPostgres } from './postgres-server.js';
import { type Ended, type Running, startFarzi } from './process.js';
import type { QueueServer } from './queue-server.js';
import { RedisServer, whyNoRedis } from './redis-server.js';

const PLUGIN = fileURLToPath(new URL('../../executor-bullmq/dist/index.js', import.meta.url));
const STORE_PLUGIN = fileURLToPath(new URL('../../store-s3/dist/index.js', import.meta.url));
const kinds = [
  { name: 'Redis', reason: whyNoRedis(), startServer: () => RedisServer.start() },
  { name: 'PostgreSQL', reason: whyNoPostgres(), startServer: () => PostgresServer.start() },
];
for (const { name, reason } of kinds)
  if (reason !== undefined) process.stderr.write(`NOT TESTED: jobs on many machines through ${name}: ${reason}.\n`);
const noS3 = whyNoS3();
if (noS3 !== undefined) process.stderr.write(`NOT TESTED: jobs on many machines without a shared folder: ${noS3}.\n`);

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
let home: string;
const started: Running[] = [];

type Environment = Readonly<Record<string, string | undefined>>;

const start = (argv: readonly string[], environment: Environment = {}): Running => {
  const running = startFarzi(argv, {
    environment: { FARZI_EXECUTOR: undefined, FARZI_QUEUE_PASSWORD: (server as QueueServer | undefined)?.password, ...environment },
  });
  started.push(running);
  return running;
};

/** Beside a queue and the folder of that name where values are. */
interface More {
  readonly queue?: string;
  /** Where values are instead. */
  readonly place?: string;
  readonly more?: readonly string[];
  readonly flags?: readonly string[];
  readonly environment?: Environment;
}

/** Starts a run whose jobs others do. */
function startRun(
  out: string,
  store: string,
  { queue = store, place = join(home, store), more = [], flags = [], environment }: More = {},
): Running {
  const executor = JSON.stringify({ id: 'bullmq', url: server.url, store: place, queue });
  const set = [...settings, `executor=${executor}`, ...more].flatMap((each) => ['--set', each]);
  return start(['run', config, '--out', join(home, out), ...set, ...flags], environment);
}

const startWorker = (store: string, { queue = store, place = join(home, store), more = [], environment }: More = {}): Running =>
  start(
    [...['worker', '--url', server.url, '--store', place, '--queue', queue], ...['--threads', '1', '--plugin', PLUGIN, ...more]],
    environment,
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
    home = join(folder.path, name);
    mkdirSync(home);
    server = await startServer();
    return () => server.dispose();
  });

  afterEach(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    started.length = 0;
    expect(filesWith(server.password, folder.path)).toEqual([]);
  });

  it('keep the contract of executors', async () => {
    process.env.FARZI_QUEUE_PASSWORD = server.password;
    const options = { url: server.url, store: join(home, 'contract'), queue: 'contract' };
    await expect(checkExecutor(bullmq, { options }).finally(() => delete process.env.FARZI_QUEUE_PASSWORD)).resolves.toBeUndefined();
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
    expect(left(join(home, 'killed-run'))).toEqual(left(whole));
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
    expect(left(join(home, 'interrupted-run'))).toEqual(left(whole));
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
    expect(left(join(home, 'resumed-run'))).toEqual(left(whole));
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
    const wrong = await start(['worker', '--url', server.url, '--store', folder.path, '--plugin', PLUGIN], {
      FARZI_QUEUE_PASSWORD: 'not the password',
    }).ended;
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

  describe.runIf(noS3 === undefined && name === 'Redis')('without a shared folder', () => {
    let values: S3Server;
    const plugins = { more: ['--plugin', STORE_PLUGIN] };
    const withPlugins = { more: [`plugins=[${PLUGIN}, ${STORE_PLUGIN}]`] };

    beforeAll(async () => {
      values = await S3Server.start(home, 'runs');
    });

    afterEach(() => {
      expect(filesWith(values.credentials.AWS_SECRET_ACCESS_KEY, folder.path)).toEqual([]);
    });

    afterAll(() => values.kill());

    it('are done as one process does them, bit for bit, also where the values are out of reach meanwhile', async () => {
      const there = { place: values.address('runs/many machines'), environment: values.credentials };
      const workers = [0, 1].map(() => startWorker('unshared', { ...there, ...plugins }));
      await Promise.all(workers.map((worker) => until(worker, /waits for jobs/)));
      const run = startRun('unshared-run', 'unshared', { ...there, ...withPlugins });
      await Promise.all(workers.map((worker) => until(worker, /done in/)));
      await values.kill();
      // longer than any job takes
      await wait(8000);
      await values.start();
      const { exitCode, stderr } = await run.ended;
      expect(exitCode, stderr).toBe(0);
      expect(workers.map((worker) => worker.output()).join('')).not.toMatch(/failed/);
      expect(left(join(home, 'unshared-run'))).toEqual(left(whole));
      expect(existsSync(join(home, 'unshared'))).toBe(false);
    });

    it('are not waited for where values are out of reach', async () => {
      const bad = { ...values.credentials, AWS_SECRET_ACCESS_KEY: 'not the secret' };
      const rows = [
        [values.address('runs'), bad, /FARZI_STORE_UNREACHABLE: .*127\.0\.0\.1:\d+\s+refuses\s+the\s+credentials/],
        [values.address('runs'), values.guest, /FARZI_STORE_UNREACHABLE: .*does\s+not\s+let\s+these\s+credentials\s+read/],
        [values.address('lost'), values.credentials, /FARZI_STORE_UNREACHABLE: .*has\s+no\s+bucket\s+"lost"/],
        ['s3://runs?endpoint=http://127.0.0.1:1', values.credentials, /FARZI_STORE_UNREACHABLE: .*127\.0\.0\.1:1\s+cannot\s+be\s+reached/],
      ] as const;
      for (const [place, environment, message] of rows) {
        const worker = await startWorker('s3-away', { place, environment, ...plugins }).ended;
        expect([worker.exitCode, worker.stderr]).toEqual([1, expect.stringMatching(message)]);
        const run = await startRun('s3-away-run', 's3-away', { place, environment, ...withPlugins }).ended;
        expect([run.exitCode, run.stderr]).toEqual([1, expect.stringMatching(message)]);
        expect(existsSync(join(home, 's3-away-run', 'config.yaml'))).toBe(false);
        expect(worker.stderr + run.stderr).not.toContain('not the secret');
      }
    });

    it('are not begun with an address that nobody knows, or that holds credentials', async () => {
      const unknown = await startRun('s3-unknown-run', 's3-unknown', { place: 's3://runs' }).ended;
      expect([unknown.exitCode, unknown.stderr]).toEqual([
        2,
        expect.stringMatching(/FARZI_CONTRIBUTION_UNKNOWN: [^]*keeps\s+values\s+at\s+s3:\/\/[^]*@farzi\/store-s3/),
      ]);
      const open = await startRun('s3-open-run', 's3-open', { place: 's3://me:hunter2@runs', ...withPlugins }).ended;
      expect([open.exitCode, open.stderr]).toEqual([2, expect.stringMatching(/FARZI_CONFIG_INVALID: [^]*holds\s+credentials/)]);
      expect(open.stderr).not.toContain('hunter2');
      expect(existsSync(join(home, 's3-open-run'))).toBe(false);
    });
  });

  it.runIf(name === 'PostgreSQL')('are not waited for where the database is missing', async () => {
    const url = server.url.replace(/jobs$/, 'nothing');
    const { exitCode, stderr } = await start(['worker', '--url', url, '--store', home, '--plugin', PLUGIN]).ended;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/FARZI_EXECUTOR_UNREACHABLE: .*does not have the database: .*nothing/)]);
  });
});

/** Files below a folder that hold a text. */
const filesWith = (text: string, path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
