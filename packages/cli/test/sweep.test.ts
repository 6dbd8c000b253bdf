import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunLock, type Summary } from '@farzi/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPlan } from '../src/sweep/plan.js';
import { prepareMembers } from '../src/sweep/prepare-members.js';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { farzi, outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);
const out = join(folder.path, 'grid');
const grid = ['sweep', config, '--sweep', 'synthetic.sequences=2,4', '--sweep', 'synthetic.rank=2,3', '--out', out];
const names = [2, 4].flatMap((sequences) => [2, 3].map((rank) => `synthetic.sequences=${sequences},synthetic.rank=${rank}`));

const summaryOf = (run: string): Summary => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary;
const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');

interface SweepJson {
  readonly best?: string;
  readonly members: readonly { readonly name: string; readonly status: string; readonly error?: { readonly code: string } }[];
}
const sweepOf = (path: string): SweepJson => JSON.parse(read(path, 'sweep.json')) as SweepJson;

/** What is printed to stderr, with the exit code before it. */
async function refused(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  expect(stdout).toBe('');
  return `${exitCode} ${stderr}`.replaceAll(folder.path, '.');
}

describe('a sweep over a grid', () => {
  let shown: Awaited<ReturnType<typeof outcome>>;
  beforeAll(async () => {
    shown = await outcome(...grid);
  });

  it('runs every combination, one after the other', () => {
    expect([shown.exitCode, shown.stderr.includes('error')]).toEqual([0, false]);
    expect(readdirSync(out).sort()).toEqual([...names, 'frontier.svg', 'store', 'sweep.csv', 'sweep.html', 'sweep.json'].sort());
    for (const name of names) expect(existsSync(join(out, name, 'report.html'))).toBe(true);
    expect(names.map((name) => summaryOf(join(out, name)).synthetic)).toMatchObject([
      { sequences: 2, rank: 2 },
      { sequences: 2, rank: 3 },
      { sequences: 4, rank: 2 },
      { sequences: 4, rank: 3 },
    ]);
    expect(shown.stderr).toMatch(/\] This is member 1 of 4: synthetic\.sequences=2, synthetic\.rank=2\.\n[^]* This is member 4 of 4: /);
  });

  it('trains the teacher once, and students that do not depend on what is distilled', () => {
    const jobs = readdirSync(join(out, 'store'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(read(out, 'store', name)) as { readonly outputs: Readonly<Record<string, string>> });
    expect(jobs.filter(({ outputs }) => outputs['teacher'] !== undefined)).toHaveLength(1);
    const students = jobs.filter(({ outputs }) => outputs['student'] !== undefined);
    // two seeds of full and one of popularity for all members, and two seeds of distilled for each
    expect(students).toHaveLength(2 + 1 + 4 * 2);
    const full = names.map((name) => summaryOf(join(out, name)).results.filter(({ data }) => data === 'full'));
    expect(full[0]).toHaveLength(2);
    // also the seconds that training took
    for (const each of full) expect(each).toEqual(full[0]);
  });

  it('tells and marks the member that is best on validation', () => {
    const validations = names.map((name) => summaryOf(join(out, name)).distillation.validation ?? Number.NaN);
    const best = names[validations.indexOf(Math.max(...validations))] ?? '';
    expect(sweepOf(out).best).toBe(best);
    expect(sweepOf(out).members).toMatchObject(names.map((name) => ({ name, status: 'finished', results: [{ student: 'sasrec' }] })));
    const marked = shown.stdout.split('\n').filter((line) => line.startsWith('| * |'));
    expect(marked).toHaveLength(1);
    const cells = marked[0]?.split('|').map((cell) => cell.trim());
    expect(cells?.slice(2, 4)).toEqual(best.split(',').map((part) => part.split('=')[1]));
    expect(shown.stdout).toContain(
      `\nThe star marks the member that was best on validation (ndcg@10): ${best.replace(',', ', ')}. The other columns are about test, which chooses nothing.\n`,
    );
    expect(shown.stdout).toMatch(
      /\| +\| synthetic\.sequences \| synthetic\.rank \| bytes \| of events' bytes \| validation ndcg@10 \| +full ndcg@10 \| +distilled ndcg@10 \| distilled vs full \|/,
    );
  });

  it('writes the table for other programs, and a page that needs nothing else', () => {
    const [head, ...rows] = read(out, 'sweep.csv').trimEnd().split('\n');
    expect(head).toBe(
      'member,synthetic.sequences,synthetic.rank,student,bytes,fraction_of_bytes,metric,validation,full_mean,full_deviation,full_seeds,distilled_mean,distilled_deviation,distilled_seeds,retention,status,best,error,message',
    );
    expect(rows.map((row) => row.startsWith(`"${names[rows.indexOf(row)] ?? ''}",`))).toEqual([true, true, true, true]);
    const page = read(out, 'sweep.html');
    expect(page).not.toMatch(/(src|href)=|url\(|@import|https?:|<script[^>]/);
    expect(page.match(/<title>distilled, /g)).toHaveLength(4);
    expect(page.match(/class="star"[^>]*><path[^>]*><title>distilled, /g)).toHaveLength(1);
    // popularity, the same for all members
    expect(page.match(/<title>popularity, /g)).toHaveLength(4);
    const picture = read(out, 'frontier.svg');
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 520 \d+"/);
    expect(picture.match(/<title>distilled, /g)).toHaveLength(4);
    expect(picture).toContain('>popularity</text>');
  });

  it('goes on with --resume: what is finished stays, what is gone is run, and members are added', async () => {
    await rm(join(out, names[3] ?? '', 'summary.json'));
    const before = names.map((name) => read(out, name, 'environment.json'));
    const more = grid.map((word) => word.replace('synthetic.sequences=2,4', 'synthetic.sequences=2,4,6'));
    const { exitCode, stdout, stderr } = await outcome(...more, '--resume', '--set', 'executor=inline');
    expect(exitCode).toBe(0);
    expect(stderr.match(/This is member \d of 6/g)).toEqual([4, 5, 6].map((at) => `This is member ${at} of 6`));
    expect(stderr).toMatch(
      /The run in .*sequences=4,synthetic\.rank=3 goes on with [^]* The run in .*sequences=6,synthetic\.rank=2 starts with /,
    );
    expect(stdout.match(/^\| [ *] \| +\d/gm)).toHaveLength(6);
    expect(names.map((name) => read(out, name, 'environment.json')).slice(0, 3)).toEqual(before.slice(0, 3));
  });

  it.each([
    [['--sweep', 'synthetic.rank=2'], 'it has the member synthetic.sequences=2,synthetic.rank=3 and 2 more, and the grid does not'],
    [['--sweep', 'synthetic.rank=2,3', '--set', 'seed=7'], 'seed was not there, and is 7'],
  ])('does not go on as another one: %j', async (more, difference) => {
    const argv = ['sweep', config, '--sweep', 'synthetic.sequences=2,4,6', ...more, '--out', out, '--resume'];
    expect(await refused(...argv)).toBe(
      `2 error FARZI_RESUME_MISMATCH: The sweep in ./grid is another one: ${difference}.\nhint: Go on with the experiment and the values of that sweep, to which more values may be added; or give --out another folder.\n`,
    );
  });

  it('refuses a folder that is not empty', async () => {
    expect(await refused(...grid)).toMatch(
      /^2 error FARZI_RUN_DIRECTORY_NOT_EMPTY: The folder \.\/grid already holds \d+ files\.\nhint: Use --resume /,
    );
    expect(await refused('sweep', config, '--sweep', 'seed=1', '--out', folder.path, '--resume')).toMatch(
      /^2 error FARZI_RUN_DIRECTORY_NOT_EMPTY: The folder \. is not empty, and holds no sweep: it has no sweep\.json\./,
    );
  });
});

describe('the folder of a sweep', () => {
  it('is that of one sweep at a time', async () => {
    const path = join(folder.path, 'locked');
    const lock = await RunLock.acquire(path);
    expect(await refused('sweep', config, '--sweep', 'seed=1', '--out', path)).toMatch(/^2 error FARZI_RUN_LOCKED: /);
    await lock.releaseUnused();
    expect(existsSync(path)).toBe(false);
  });

  it.each(['{', 'null', '{"fingerprint":{},"members":[3]}', '{"members":[]}'])(
    'says what the sweep is, unless it was altered: %s',
    async (text) => {
      const path = join(folder.path, 'altered');
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'sweep.json'), text);
      expect(await refused('sweep', config, '--sweep', 'seed=1', '--out', path, '--resume')).toBe(
        '1 error FARZI_RUN_DAMAGED: The file ./altered/sweep.json does not say what the sweep is.\nhint: It was altered. Give --out another folder; the run directories of the members are not touched.\n',
      );
    },
  );
});

describe('a sweep from a file', () => {
  const file = folder.write(
    'sweep.yaml',
    `experiment: ./tiny.yaml
set: [evaluation.seeds=1, distillation.outerSteps=1]
random: { count: 2, over: { training.learningRate: { from: 0.001, to: 0.1, scale: log } } }
`,
  );

  it('draws members, and goes on with more of them', async () => {
    const path = join(folder.path, 'random');
    expect(await outcome('sweep', file, '--out', path, '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
    const drawn = sweepOf(path).members.map(({ name }) => name);
    expect(drawn).toHaveLength(2);
    for (const name of drawn) expect(name).toMatch(/^training\.learningRate=0\.0\d+$/);
    const longer = folder.write('longer.yaml', read(file).replace('count: 2', 'count: 3'));
    expect(await outcome('sweep', longer, '--out', path, '--quiet', '--resume')).toMatchObject({ exitCode: 0 });
    expect(sweepOf(path).members.map(({ name }) => name)).toMatchObject([...drawn, expect.stringMatching(/^training/)]);
  });

  it.each([
    ['grid: { seed: [1] }', 2, 'FARZI_CONFIG_INVALID: ./bad.yaml:1:1: The key "experiment" is missing.'],
    ['experiment: ./tiny.yaml', 2, 'FARZI_CONFIG_INVALID: ./bad.yaml:1:1: The sweep has neither grid nor random.'],
    [
      'experiment: ./gone.yaml\ngrid: { seed: [1] }',
      2,
      'FARZI_CONFIG_NOT_FOUND: seed=1: The configuration file ./gone.yaml does not exist.',
    ],
    [
      'experiment: ./tiny.yaml\ngird: { seed: [1] }',
      2,
      'FARZI_CONFIG_UNKNOWN_KEY: ./bad.yaml:2:1: The key "gird" is not known.\nhint: Did you mean "grid"?',
    ],
    [
      'experiment: ./tiny.yaml\ngrid: {}',
      2,
      'FARZI_CONFIG_INVALID: ./bad.yaml:2:7: The value of grid must not have fewer than 1 properties, but it is {}.',
    ],
    [
      'experiment: ./tiny.yaml\ngrid: { seed: [] }',
      2,
      'FARZI_CONFIG_INVALID: ./bad.yaml:2:15: The value of grid.seed must not have fewer than 1 items, but it is [].',
    ],
    [
      'experiment: ./tiny.yaml\ngrid: { seed: [1, 1] }',
      2,
      'FARZI_CONFIG_INVALID: ./bad.yaml:2:15: The value of grid.seed must hold every item only once, but it is [1,1].',
    ],
    [
      'experiment: ./tiny.yaml\ngrid: { seed: 3 }',
      2,
      'FARZI_CONFIG_INVALID: ./bad.yaml:2:15: The value of grid.seed must be a list, but it is 3.',
    ],
    [
      'experiment: ./tiny.yaml\nrandom: { count: 3, over: { seed: [1, 2] } }',
      2,
      'FARZI_CONFIG_INVALID: random.count: Only 2 members differ, and 3 are wanted.',
    ],
  ])('refuses %j', async (text, exitCode, message) => {
    const bad = folder.write('bad.yaml', `${text}\n`);
    const path = join(folder.path, 'bad');
    expect((await refused('sweep', bad, '--out', path)).slice(0, message.length + 8)).toBe(`${exitCode} error ${message}`);
    expect(existsSync(path)).toBe(false);
  });
});

it('the file in the documentation is valid, with 40 members', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const [, text = ''] = /```yaml\n([^]*?)```/.exec(read(root, 'docs', 'scale.md')) ?? [];
  const documented = folder.write('documented.yaml', text.replace('./experiment.yaml', join(root, 'examples', 'quickstart.yaml')));
  const plan = await readPlan(documented, {});
  const members = await prepareMembers(plan, { id: 'inline' });
  expect(members).toHaveLength(40);
  for (const { prepared } of members) expect(prepared.experiment.config.evaluation.seeds).toBe(1);
});

describe('a sweep that cannot start', () => {
  it.each([
    [
      ['--sweep', 'synthetic.sequnces=1,2'],
      'FARZI_CONFIG_UNKNOWN_KEY: synthetic.sequnces=1: --set synthetic.sequnces=1: The key "sequnces" of synthetic is not known.\nhint: Did you mean "sequences"?',
    ],
    [
      ['--sweep', 'synthetic.sequences=4,0'],
      'FARZI_CONFIG_INVALID: synthetic.sequences=0: --set synthetic.sequences=0: The value of synthetic.sequences must be >= 1, but it is 0.',
    ],
    [
      ['--sweep', 'model=sasrec,gru'],
      'FARZI_CONTRIBUTION_UNKNOWN: model=gru: --set model="gru": No loaded plugin contributes the model "gru".',
    ],
    [
      ['--sweep', 'model=sasrec,{id: sasrec}'],
      'FARZI_CONFIG_INVALID: model={"id":"sasrec"}: The member is the same experiment as the member model=sasrec.',
    ],
    [
      ['--sweep', 'evaluation.selection=hr@10,ndcg@10'],
      'FARZI_CONFIG_INVALID: Members of the sweep are chosen by different metrics: hr@10, ndcg@10.',
    ],
    [['--sweep', 'seed=1', '--sweep', 'seed=2'], 'FARZI_USAGE: --sweep seed: The path is given twice.'],
    [['--sweep', 'seed=1,2,1'], 'FARZI_USAGE: --sweep seed=1,2,1: The value 1 is given twice.'],
    [['--sweep', 'seed='], 'FARZI_USAGE: --sweep seed=: There are no values.'],
    [['--sweep', 'seed'], 'FARZI_USAGE: --sweep seed: It is not of the form key=value,value.'],
    [[], 'FARZI_USAGE: The experiment ./tiny.yaml is to be swept, but over what is not said.'],
  ])('%j', async (argv, message) => {
    const path = join(folder.path, 'none');
    expect((await refused('sweep', config, ...argv, '--out', path)).slice(0, message.length + 8)).toBe(`2 error ${message}`);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a member that fails', () => {
  const short = [
    '--set',
    'evaluation.seeds=1',
    '--set',
    'distillation.outerSteps=0',
    '--sweep',
    'dataset.path=gone.txt,users.txt',
    '--quiet',
  ];

  it('is told, and the others run', async () => {
    const path = join(folder.path, 'failing');
    const { exitCode, stdout, stderr } = await outcome('sweep', config, ...short, '--out', path);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^The member dataset\.path=gone\.txt failed:\nerror FARZI_DATA_NOT_FOUND:\n {2}Cannot find gone\.txt\./);
    expect(stdout).toMatch(/\| +gone\.txt +\| +- \|[^\n]* FARZI_DATA_NOT_FOUND \|\n\| +\| +users\.txt +\| +[\d,]+ \|[^\n]* finished \|/);
    expect(stdout).toContain('No member has a finite ndcg@10 on validation, so that none is chosen.\n');
    expect(stdout).toContain('The member dataset.path=gone.txt failed with FARZI_DATA_NOT_FOUND: Cannot find gone.txt.');
    expect(sweepOf(path).members).toMatchObject([{ status: 'failed', error: { code: 'FARZI_DATA_NOT_FOUND' } }, { status: 'finished' }]);
    folder.write('gone.txt', read(folder.path, 'users.txt'));
    expect(await outcome('sweep', config, ...short, '--out', path, '--resume')).toMatchObject({ exitCode: 0, stderr: '' });
    await rm(join(folder.path, 'gone.txt'));
  });

  it('is the last one with --fail-fast', async () => {
    const path = join(folder.path, 'fast');
    const { exitCode, stdout } = await outcome('sweep', config, ...short, '--out', path, '--fail-fast');
    expect([exitCode, sweepOf(path).members.map(({ status }) => status)]).toEqual([1, ['failed', 'waiting']]);
    expect(stdout).toMatch(/ waiting \|/);
  });
});

it('a sweep that is interrupted goes on with the command that it prints', async () => {
  const path = join(folder.path, 'interrupted');
  const argv = ['sweep', config, '--sweep', 'seed=1,2', '--set', 'evaluation.seeds=1', '--out', path];
  const { exitCode, signals, stderr, stdout } = farzi(...argv);
  while (!/member 2 of 2[^]*distilling/.test(stderr.text)) await new Promise((wait) => setTimeout(wait, 1));
  signals.emit('SIGINT');
  expect(await exitCode).toBe(130);
  expect(stdout.text).toBe('');
  expect(stderr.text.replaceAll(folder.path, '.')).toMatch(
    /\nThe sweep was interrupted\. To go on where it stopped, run this command:\n {2}farzi sweep \.\/tiny\.yaml --sweep seed=1,2 --set evaluation\.seeds=1 --out \.\/interrupted --resume\n$/,
  );
  expect(sweepOf(path).members).toMatchObject([{ status: 'finished' }, { status: 'waiting' }]);
  const resumed = await outcome(...argv, '--resume');
  expect(resumed.exitCode).toBe(0);
  expect(resumed.stderr).toMatch(/^\S+ +\d+ s\] This is member 2 of 2: seed=2\.\n[^]* The run in .*seed=2 goes on with /);
});
