import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSynthetic, saveSynthetic, type Summary } from '@farzi/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { distilledOf, writeMovies, writeTale } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { farzi, outcome } from './terminal.js';

const folder = temporaryFolder();
const gru4rec = fileURLToPath(new URL('../../../examples/plugin-gru4rec/index.js', import.meta.url));
const [movies, tale] = [join(folder.path, 'movies'), join(folder.path, 'tale')];
const config = writeMovies(folder);
const data = distilledOf(movies);
const student = join(folder.path, 'student.safetensors');
const sasrec = ['--model', 'sasrec', '--set', 'hiddenSize=8', '--set', 'blocks=1', '--threads', '1'] as const;

beforeAll(async () => {
  for (const [file, run] of [
    [config, movies],
    [writeTale(folder), tale],
  ] as const)
    expect(await outcome('run', file, '--out', run, '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await outcome('train', data, ...sasrec, '--out', student, '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
});

/** What is printed by a call that succeeds. */
async function printed(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

/** What is printed to stderr by a call that fails, with the exit code before it. */
async function refused(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  expect(stdout).toBe('');
  return `${exitCode} ${stderr}`.replaceAll(folder.path, '.');
}

const own = (): Summary['results'][number]['metrics'] =>
  (JSON.parse(readFileSync(join(movies, 'summary.json'), 'utf8')) as Summary).results[0]?.metrics ?? {};

describe('farzi train', () => {
  it('writes a student of any model, and says how it came about', async () => {
    const out = join(folder.path, 'gru', 'student.safetensors');
    const chosen = ['--model', 'gru4rec', '--plugin', gru4rec, '--set', 'hiddenSize=4', '--steps', '7', '--learning-rate', '0.03'];
    const { exitCode, stdout, stderr } = await outcome('train', data, ...chosen, '--batch-size', '3', '--out', out);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `${data}: 5 sequences of 10, distilled from movielens-small-2016 with sasrec\n${out}: gru4rec, trained in ${/trained in (\S+) s/.exec(stdout)?.[1] ?? ''} s, 7 steps at learning rate 0.03\n`,
    );
    expect(stderr).toMatch(/^\[ +0 s\] training gru4rec from scratch \(0\/7\)\n$/);
    expect(existsSync(out)).toBe(true);
    expect(await printed('recommend', out, '--plugin', gru4rec, '--history', '1')).toMatch(/^ +TITLE/);
  });

  it('needs nothing but the data, and gives the same bytes for the same seed', async () => {
    const again = join(folder.path, 'again.safetensors');
    await printed('train', data, ...sasrec, '--out', again, '--quiet');
    expect(readFileSync(again)).toEqual(readFileSync(student));
    await printed('train', movies, ...sasrec, '--out', again, '--quiet');
    expect(readFileSync(again)).toEqual(readFileSync(student));
    await printed('train', data, ...sasrec, '--out', again, '--quiet', '--seed', '2');
    expect(readFileSync(again)).not.toEqual(readFileSync(student));
  });

  it('evaluates as an experiment evaluates its own', async () => {
    const out = join(folder.path, 'evaluated.safetensors');
    const { exitCode, stdout } = await outcome('train', data, ...sasrec, '--out', out, '--evaluate', config, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      student: out,
      model: expect.objectContaining({ id: 'sasrec', hiddenSize: 8 }),
      seed: 1,
      training: { learningRate: 0.01, steps: expect.any(Number), seconds: expect.any(Number) },
      data: { path: data, sequences: 5, length: 10, rank: 8, dataset: 'movielens-small-2016', model: 'sasrec' },
      evaluation: {
        dataset: 'movielens-small-2016',
        testCases: 642,
        protocol: [
          expect.stringMatching(/^MovieLens small/),
          expect.stringMatching(/^The target is ranked among all 151 items, items the user has/),
        ],
        metrics: JSON.parse(await printed('evaluate', student, '--dataset', config, '--threads', '1', '--json')).metrics,
      },
    });
    expect(readFileSync(out)).toEqual(readFileSync(student));
  });

  it('stops when it is interrupted, says what became of it, and writes nothing', async () => {
    const out = join(folder.path, 'interrupted.safetensors');
    const { exitCode, signals, stdout, stderr } = farzi('train', data, ...sasrec, '--steps', '1000000', '--out', out);
    while (!stderr.text.includes('from scratch')) await new Promise((wait) => setTimeout(wait, 1));
    signals.emit('SIGINT');
    expect(await exitCode).toBe(130);
    expect(stdout.text).toBe('');
    expect(stderr.text).toMatch(
      /Interrupted: stopping after this step\. Interrupt again to stop at once\.\nInterrupted: no student was written\. Call the command again to start anew\.\n$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it('replaces a student, and nothing else', async () => {
    const out = folder.write('notes.txt', 'mine');
    for (const place of [out, data, folder.path])
      expect(await refused('train', data, ...sasrec, '--out', place)).toMatch(
        /^2 error FARZI_USAGE: --out .*: there is (a folder|something else than a student) already\.\nhint: /,
      );
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });

  it.each([
    [
      'a model that is not known',
      ['movies', '--model', 'sasrek'],
      '2 error FARZI_CONTRIBUTION_UNKNOWN: No loaded plugin contributes the model "sasrek".\nhint: Did you mean "sasrec"? Use one of sasrec, transformer-lm, or list ',
    ],
    [
      'an option that is not known',
      ['movies', '--model', 'sasrec', '--set', 'hidenSize=3'],
      '2 error FARZI_CONFIG_UNKNOWN_KEY: The key "hidenSize" of model is not known.\n',
    ],
    [
      'a model for something else',
      ['movies', '--model', 'transformer-lm'],
      `2 error FARZI_CONFIG_INVALID: The model transformer-lm is for language, and ./${distilledOf('movies')} was distilled from movielens-small-2016, which is for recommendation.\nhint: Take a model for recommendation: farzi plugins lists models.\n`,
    ],
    ['data that are not there', ['nothing', '--model', 'sasrec'], '1 error FARZI_DATA_NOT_FOUND: '],
  ])('refuses %s', async (_what, [run = '', ...argv], message) => {
    const [place, out] = [distilledOf(join(folder.path, run)), join(folder.path, 'refused.safetensors')];
    expect(await refused('train', place, ...argv, '--out', out)).toContain(message);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses a model for something else than data say they are for, though their dataset is not known', async () => {
    const { provenance, ...rest } = await loadSynthetic(data);
    const mine = join(folder.path, 'mine.farzi');
    await saveSynthetic(mine, { ...rest, provenance: { ...provenance, dataset: 'mine' } });
    expect(await refused('train', mine, '--model', 'transformer-lm', '--out', join(folder.path, 'refused.safetensors'))).toContain(
      'FARZI_CONFIG_INVALID: The model transformer-lm is for language, and ./mine.farzi was distilled from mine, which is for recommendation.',
    );
  });

  it('refuses a student in the place of data', async () => {
    expect(await refused('train', student, ...sasrec, '--out', join(folder.path, 'refused.safetensors'))).toBe(
      '1 error FARZI_SAFETENSORS: The file ./student.safetensors holds a student, and no distilled data.\nhint: Give the distilled data first, and the place of the student with --out.\n',
    );
  });

  it('refuses to evaluate with another vocabulary before anything is trained', async () => {
    const other = folder.write('other.yaml', readFileSync(config, 'utf8').replace('minimumItemEvents: 100', 'minimumItemEvents: 90'));
    const out = join(folder.path, 'refused.safetensors');
    expect(await refused('train', data, ...sasrec, '--out', out, '--evaluate', other, '--quiet')).toMatch(
      /^2 error FARZI_VOCABULARY_MISMATCH: The dataset movielens-small-2016 has 180 tokens, and \.\/movies\/synthetic\S* has 151: token 21 is "150" in the dataset, and "590" in the file\.\nhint: /,
    );
    expect(existsSync(out)).toBe(false);
  });
});

describe('farzi evaluate', () => {
  it("gives a run's student what the run measured", async () => {
    const file = join(movies, 'students', 'sasrec', 'distilled.safetensors');
    const found = JSON.parse(await printed('evaluate', file, '--dataset', config, '--threads', '1', '--json')) as { metrics: unknown };
    expect(found).toMatchObject({ student: file, model: 'sasrec', dataset: 'movielens-small-2016', testCases: 642 });
    expect(found.metrics).toEqual(own());
  });

  it('evaluates the metrics that are asked for', async () => {
    const text = await printed('evaluate', student, '--dataset', config, '--metric', 'mrr', '--metric', 'hr@3');
    expect(text).toMatch(
      /^\S+: sasrec\nOn movielens-small-2016, 642 test cases:\n {2}mrr +0\.\d{4}\n {2}hr@3 +0\.\d{4}\nProtocol:\n {2}- MovieLens small .*\n {2}- The target is ranked .*\n$/,
    );
  });

  it.each([
    [['--metric', 'mmr'], '2 error FARZI_CONTRIBUTION_UNKNOWN: No loaded plugin contributes the metric "mmr".\n'],
    [['--metric', 'perplexity'], '2 error FARZI_CONFIG_INVALID: The metric "perplexity" is for language, not for recommendation.'],
    [
      ['--set', 'dataset.minimumItemEvents=90'],
      '2 error FARZI_VOCABULARY_MISMATCH: The dataset movielens-small-2016 has 180 tokens, and ./student.safetensors has 151: ',
    ],
  ])('refuses %j', async (argv, message) => {
    expect(await refused('evaluate', student, '--dataset', config, ...argv)).toContain(message);
  });

  it('refuses a student of a text', async () => {
    const file = join(tale, 'students', 'transformer-lm', 'full.safetensors');
    expect(await refused('evaluate', file, '--dataset', config)).toMatch(/^2 error FARZI_VOCABULARY_MISMATCH: /);
  });
});

describe('farzi recommend', () => {
  it('lists titles and names, best first, without what was seen', async () => {
    const text = await printed('recommend', student, '--history', 'toy story (1995), Lion King, The (1994), 588', '--top', '3');
    expect(text).toMatch(/^ {3}TITLE +NAME +SCORE\n1 {2}\S.* \(\d{4}\) +\d+ +-?\d+\.\d{3}\n2 .*\n3 .*\n$/);
    const found = JSON.parse(
      await printed('recommend', student, '--history', 'toy story (1995), Lion King, The (1994), 588', '--json'),
    ) as {
      readonly history: readonly { readonly title: string }[];
      readonly recommendations: readonly { readonly title: string; readonly score: number }[];
    };
    expect(found.history.map(({ title }) => title)).toEqual(['Toy Story (1995)', 'Lion King, The (1994)', 'Aladdin (1992)']);
    expect(found.recommendations).toHaveLength(10);
    for (const { title } of found.history) expect(found.recommendations.map((each) => each.title)).not.toContain(title);
    const scores = found.recommendations.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it.each([
    [
      'student.safetensors',
      'toy story',
      '2 error FARZI_HISTORY: The history holds "toy story", which is neither a name nor a title in the student\'s vocabulary.\nhint: Did you mean "Toy Story (1995)" or "Toy Story 2 (1999)"? The student knows 151 tokens.\n',
    ],
    [
      'student.safetensors',
      ' ',
      '2 error FARZI_HISTORY: The history is empty.\nhint: Give at least one item to go on from, as in --history "a,b,c".\n',
    ],
    ['nothing.safetensors', '1', '1 error FARZI_DATA_NOT_FOUND: The file ./nothing.safetensors cannot be read: '],
    ['movies.yaml', '1', '1 error FARZI_SAFETENSORS: ./movies.yaml: '],
    [
      'gru/student.safetensors',
      '1',
      '2 error FARZI_CONTRIBUTION_UNKNOWN: The file ./gru/student.safetensors holds a student of the model "gru4rec", which is not among the given models.\nhint: Import the model from its package, and add it to models, which holds sasrec, transformer-lm; name its plugin with --plugin on the command line.\n',
    ],
  ])('refuses %s with the history %j', async (name, history, message) => {
    expect(await refused('recommend', join(folder.path, name), '--history', history)).toContain(message);
  });

  it('refuses distilled data in the place of a student', async () => {
    expect(await refused('recommend', data, '--history', '1')).toMatch(
      /^1 error FARZI_SAFETENSORS: .* holds distilled data, and no student\.\nhint: Train a student on them first: farzi train /,
    );
  });
});

describe('farzi generate with a student of a text', () => {
  const writer = join(folder.path, 'writer.safetensors');

  it('goes on without the run, as the run does with the same student', async () => {
    const file = join(tale, 'students', 'transformer-lm', 'full.safetensors');
    copyFileSync(file, writer);
    const prompt = ['--prompt', 'the cat', '--tokens', '12', '--threads', '1'] as const;
    const text = await printed('generate', writer, ...prompt);
    expect(text).toMatch(/^transformer-lm, from .*writer\.safetensors\n {2}the cat/);
    const ofRun = await printed('generate', tale, ...prompt, '--data', 'full');
    expect(text.split('\n').slice(1)).toEqual(ofRun.split('\n').slice(1));
  });

  it('goes on with one that was trained on the distilled data', async () => {
    const own = join(folder.path, 'own.safetensors');
    const model = ['--model', 'transformer-lm', '--set', 'width=16', '--set', 'blocks=1', '--set', 'heads=2'] as const;
    await printed('train', distilledOf(tale), ...model, '--steps', '5', '--out', own, '--quiet');
    expect(await printed('generate', own, '--prompt', 'the', '--tokens', '3')).toMatch(/^transformer-lm, from .*own\.safetensors\n {2}the/);
  });

  it.each([
    [
      'a student of items',
      [student],
      '2 error FARZI_PROMPT: The file ./student.safetensors holds a student for recommendation: it has no text to continue.\nhint: Give a student of a text. farzi recommend goes on with items.\n',
    ],
    [
      'a choice of students',
      [writer, '--data', 'full'],
      '2 error FARZI_USAGE: --data full: ./writer.safetensors is one student, and no run to choose students of.\nhint: Leave --data out, or give a run directory.\n',
    ],
  ])('refuses %s', async (_what, [file = '', ...argv], message) => {
    expect(await refused('generate', file, '--prompt', 'the', ...argv)).toBe(message);
  });

  it('refuses a student that was saved without its tokenizer', async () => {
    const bytes = readFileSync(writer);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as { __metadata__: { student: string } };
    const { tokenizer: _tokenizer, ...description } = JSON.parse(header.__metadata__.student) as Record<string, unknown>;
    header.__metadata__.student = JSON.stringify(description);
    const text = JSON.stringify(header).padEnd(length);
    const old = join(folder.path, 'old.safetensors');
    writeFileSync(old, Buffer.concat([bytes.subarray(0, 8), Buffer.from(text), bytes.subarray(8 + length)]));
    expect(await refused('generate', old, '--prompt', 'the')).toMatch(
      /^2 error FARZI_PROMPT: The student of \.\/old\.safetensors does not say how text becomes tokens: it has no tokenizer\.\nhint: Train it again/,
    );
  });
});

describe('farzi run with more to do', () => {
  it('adds a student of a plugin, an arm and a metric to a finished run', async () => {
    const before = own();
    const more = ['students.1.id=gru4rec', 'students.1.hiddenSize=4', `plugins=[${gru4rec}]`, 'evaluation.arms.1.id=popularity'];
    const set = [...more, 'evaluation.metrics=[hr@10, ndcg@10, hr@100, ndcg@100, mrr, hr@3]'].flatMap((each) => ['--set', each]);
    const { exitCode, stderr } = await outcome('run', config, '--out', movies, '--resume', ...set);
    expect(stderr).not.toContain('trained again');
    expect(exitCode).toBe(0);
    const { results } = JSON.parse(readFileSync(join(movies, 'summary.json'), 'utf8')) as Summary;
    expect(results.map(({ student: label, data: arm }) => `${label} ${arm}`)).toEqual([
      ...['sasrec distilled', 'sasrec popularity', 'gru4rec distilled', 'gru4rec popularity'],
    ]);
    expect(results[0]?.metrics).toMatchObject(before);
    expect(results.every(({ metrics }) => metrics['hr@3'] !== undefined)).toBe(true);
    expect(existsSync(join(movies, 'students', 'gru4rec', 'distilled.safetensors'))).toBe(true);
    expect(readFileSync(join(movies, 'config.yaml'), 'utf8')).toContain('id: gru4rec');
  });

  it('refuses what would change the synthetic data', async () => {
    expect(await refused('run', config, '--out', movies, '--resume', '--set', 'synthetic.rank=9')).toMatch(
      /^2 error FARZI_RESUME_MISMATCH: The file \.\/movies\/config\.yaml belongs to another run: synthetic\.rank was 8, and is 9; /,
    );
  });
});
