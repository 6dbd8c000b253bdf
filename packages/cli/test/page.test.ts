import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, distill, evaluate, loadDataset, loadStudent, saveSynthetic, type SyntheticPackage, trainStudent } from '@farzi/core';
import { mobyDick, movielensSmall2016 } from '@farzi/datasets';
import { sasrec } from '@farzi/models-sasrec';
import { transformerLm } from '@farzi/models-transformer-lm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { chromiumPath, openPage, type OpenedPage, trainInPage } from './page-in-browser.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const path = (...names: readonly string[]): string => join(folder.path, ...names);
const model = sasrec({ hiddenSize: 16, blocks: 1 });
const training = { maxSteps: 100, learningRate: 0.01 };

let movies: Dataset;
let synthetic: SyntheticPackage;
beforeAll(async () => {
  movies = await loadDataset(movielensSmall2016({ minimumUserEvents: 5, minimumItemEvents: 20 }));
  ({ synthetic } = await distill({
    ...{ dataset: movies, model, training, maxLength: 20, outerSteps: 1, validateEvery: 1 },
    teacher: { maxSteps: 200 },
    synthetic: { sequences: 5, rank: 16 },
  }));
  await saveSynthetic(path('movies.farzi'), synthetic);
});

const shown = async (from: OpenedPage): Promise<string[]> => from.page.locator('ol.list li').allTextContents();

describe('farzi export --web', () => {
  it('writes a folder that holds all that the page needs, and replaces it', async () => {
    const argv = [
      'export',
      path('movies.farzi'),
      '--web',
      path('site'),
      '--model',
      'sasrec',
      '--set',
      'hiddenSize=16',
      '--set',
      'blocks=1',
    ];
    for (const title of ['Movies', 'More movies']) {
      const { exitCode, stdout, stderr } = await outcome(...argv, '--title', title);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Wrote a page that trains sasrec on 5 sequences of [\d,]+ bytes to /);
    }
    expect(JSON.parse(await readFile(path('site', 'site.json'), 'utf8'))).toMatchObject({
      ...{ title: 'More movies', data: 'data.farzi', seed: 1 },
      model: { id: 'sasrec', options: { hiddenSize: 16, blocks: 1 } },
    });
  });

  it.each([
    ['a folder with something else in it', ['--web', '.'], 'FARZI_USAGE', 'The folder holds something else'],
    ['a table at the same time', ['--web', 'page', '--format', 'csv'], 'FARZI_USAGE', '--format is about a file'],
    ['a model that pages do not have', ['--web', 'page', '--model', 'gru4rec'], 'FARZI_CONTRIBUTION_UNKNOWN', 'gru4rec'],
    ['options of a page without one', ['--format', 'csv', '--title', 'x'], 'FARZI_USAGE', '--title is about a page'],
    ['neither', [], 'FARZI_USAGE', 'Neither --format nor --web says what to write'],
  ])('refuses %s', async (_what, options, code, message) => {
    await writeFile(path('something'), '');
    const argv = options.map((option) => (option === '.' ? folder.path : option));
    const { exitCode, stderr } = await outcome('export', path('movies.farzi'), ...argv);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(code);
    expect(stderr).toContain(message);
  });
});

describe.skipIf(chromiumPath === undefined)('the page in Chromium (where there is one)', () => {
  let opened: OpenedPage;
  beforeAll(async () => {
    opened = await openPage(path('site'));
  });
  afterAll(() => opened.close());

  it('trains a student as good as one of Node.js, and recommends with it', async () => {
    const { page, complaints } = opened;
    await page.getByRole('heading', { name: 'More movies' }).waitFor();
    // with the keyboard alone
    await page.getByLabel(/^Search \d+ items$/).focus();
    await page.keyboard.type('star wars');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('button', { name: /^Remove Star Wars/ }).count()).toBe(1);
    expect(await shown(opened)).toEqual([]);
    await trainInPage(opened, 'onnx-web', path('page.safetensors'), 60_000);
    expect(await page.getByRole('img', { name: /^Loss after \d+ of \d+ steps: / }).count()).toBe(1);
    const first = await shown(opened);
    expect(first).toHaveLength(10);
    await page.getByLabel(/^Search \d+ items$/).fill('toy story');
    await page
      .getByRole('button', { name: /^Add Toy Story/ })
      .first()
      .click();
    await expect.poll(() => shown(opened)).not.toEqual(first);
    expect(await shown(opened)).not.toContain('Toy Story (1995)');

    const student = await loadStudent(path('page.safetensors'), { models: [sasrec] });
    const known = await student.topK([
      [...['Star Wars', 'Toy Story (1995)'].map((title) => movies.titles?.findIndex((each) => each.startsWith(title)) ?? -1)],
    ]);
    expect(known[0]?.map(({ title }) => title)).toEqual(await shown(opened));
    const score = async (tested: typeof student): Promise<number> =>
      (await evaluate({ student: tested, cases: movies.test, metrics: ['ndcg@10'] }))['ndcg@10'] ?? Number.NaN;
    const inNode = await trainStudent({ data: synthetic, model, seed: 1 });
    expect(await score(student)).toBeGreaterThan(0.9 * (await score(inNode)));
    expect(complaints).toEqual([]);
  });

  it('fits a telephone', async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
  });

  it('says what is wrong where data are damaged', async () => {
    await cp(path('site'), path('damaged'), { recursive: true });
    const bytes = await readFile(path('damaged', 'data.farzi'));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(path('damaged', 'data.farzi'), bytes);
    const damaged = await openPage(path('damaged'));
    await damaged.page.getByText('The file data.farzi was altered').waitFor();
    await damaged.close();
  });

  it('continues a text with the student that it trained', async () => {
    const novel = await loadDataset(mobyDick({ tokenizer: 'character' }));
    const text = await distill({
      ...{ dataset: novel, model: transformerLm({ width: 16, blocks: 1, heads: 2 }), maxLength: 16, training, outerSteps: 0 },
      teacher: { maxSteps: 100, batchSize: 16 },
      synthetic: { sequences: 5, rank: 16 },
      evaluation: { validationTargets: 500 },
    });
    await saveSynthetic(path('novel.farzi'), text.synthetic);
    const options = ['--set', 'width=16', '--set', 'blocks=1', '--set', 'heads=2'];
    expect((await outcome('export', path('novel.farzi'), '--web', path('novel'), '--model', 'transformer-lm', ...options)).exitCode).toBe(
      0,
    );
    const writing = await openPage(path('novel'));
    await trainInPage(writing, 'onnx-web', path('writer.safetensors'), 60_000);
    await writing.page.getByLabel('Beginning').fill('Call me ');
    await writing.page.getByRole('button', { name: 'Continue' }).click();
    await writing.page.getByText('Written.').waitFor({ timeout: 30_000 });
    const written = (await writing.page.locator('.written').textContent()) ?? '';
    expect(written.startsWith('Call me ')).toBe(true);
    expect(written.length).toBe('Call me '.length + 200);
    expect(writing.complaints).toEqual([]);
    await writing.close();
  });
});
