import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTale, writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);
const [two, three, other] = ['two', 'three', 'other'].map((name) => join(folder.path, 'runs', name)) as [string, string, string];
const parsed = async (...argv: readonly string[]): Promise<unknown> => {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};

interface RunJson {
  readonly run: string;
  readonly synthetic: { readonly bytes: number };
  readonly retention: { readonly sasrec: Readonly<Record<string, number>> };
  readonly distillation: { readonly validation: number };
}
let made: [RunJson, RunJson];

beforeAll(async () => {
  const run = async (out: string, ...more: readonly string[]) =>
    (await parsed('run', config, '--out', out, '--quiet', '--json', '--set', 'evaluation.seeds=1', ...more)) as RunJson;
  made = [await run(two, '--set', 'synthetic.sequences=2'), await run(three, '--set', 'synthetic.sequences=3', '--set', 'seed=7')];
});

describe('farzi run --json', () => {
  it('writes where the run is, and its summary', () => {
    const { run, ...summary } = made[0];
    expect(run).toBe(two);
    expect(JSON.parse(readFileSync(join(two, 'summary.json'), 'utf8'))).toMatchObject(summary);
  });
});

describe('farzi runs', () => {
  it('lists the runs of a folder, whatever else is in it', async () => {
    mkdirSync(join(folder.path, 'runs', 'empty'));
    const { stdout } = await outcome('runs', join(folder.path, 'runs'));
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^RUN +STATE +DATASET +MODEL +SEQUENCES +BYTES +METRIC +DISTILLED VS FULL$/);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/three +finished +interactions +sasrec +3 +[\d,]+ +ndcg@10 +[\d.]+ %$/),
      expect.stringMatching(/two +finished +interactions +sasrec +2 +[\d,]+ +ndcg@10 +[\d.]+ %$/),
    ]);
    expect(await parsed('runs', two, '--json')).toEqual([
      {
        ...{ path: two, finished: true, task: 'recommendation', dataset: 'interactions', model: 'sasrec', sequences: 2, metric: 'ndcg@10' },
        ...{ bytes: made[0].synthetic.bytes, retention: made[0].retention.sasrec['ndcg@10'] },
      },
    ]);
  });

  it('says so where there are none, or no folder', async () => {
    expect(await outcome('runs', join(folder.path, 'runs', 'empty'))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^There are no runs in /),
    });
    expect(await outcome('runs', join(folder.path, 'gone'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('FARZI_FILE_SYSTEM'),
    });
  });
});

describe('farzi compare', () => {
  it('tells what differs between runs, and what students learned', async () => {
    const { exitCode, stdout, stderr } = await outcome('compare', two, three, two);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const heading of ['run', 'seed', 'synthetic.sequences', 'bytes', 'validation ndcg@10', 'distilled vs full'])
      expect(stdout).toContain(heading);
    expect(stdout).not.toContain('synthetic.rank');
    expect(stdout.match(/^\| [ *] \| .*(two|three)/gm)).toHaveLength(2);
    expect(stdout).toMatch(/The star marks the run that was best on validation \(ndcg@10\): run=/);
  });

  it('writes JSON, CSV and a page', async () => {
    const best = made[1].distillation.validation > made[0].distillation.validation ? three : two;
    expect(await parsed('compare', two, three, '--json', '--metric', 'hr@10')).toMatchObject({
      metric: 'hr@10',
      best,
      runs: [
        {
          run: two,
          settings: { seed: 1, 'synthetic.sequences': 2 },
          students: [{ student: 'sasrec', retention: made[0].retention.sasrec['hr@10'] }],
        },
        { run: three, settings: { seed: 7, 'synthetic.sequences': 3 } },
      ],
    });
    const page = join(folder.path, 'page.html');
    const { stdout } = await outcome('compare', two, three, '--csv', '--html', page);
    expect(stdout.split('\n')[0]).toMatch(/^member,run,synthetic\.sequences,seed,student,bytes,/);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('<title>Farzi: runs compared</title>');
    expect(html).toContain('<svg');
  });

  it('refuses what is no finished run, and runs of different tasks', async () => {
    expect(await outcome('compare', two, join(folder.path, 'runs', 'empty'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('FARZI_RUN_INCOMPLETE'),
    });
    await outcome('run', writeTale(folder), '--out', other, '--quiet', '--set', 'teacher.maxSteps=2', '--set', 'training.maxSteps=2');
    expect(await outcome('compare', two, other)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`The runs are of different tasks: ${two} is for recommendation, ${other} for language.`),
    });
    expect((await outcome('compare')).exitCode).toBe(2);
  });
});
