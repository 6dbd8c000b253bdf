import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { onText, runToy, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { createRegistry } from '../experiment/experiment.js';
import type { Summary } from '../report/summary.js';
import { stringifyExact } from '../storage/exact-json.js';
import { openRun, readSummary, requireTokenizer, tokenizerOf } from './finished-run.js';

const registry = createRegistry([toyPlugin]);
let folder = '';
let text = '';
let items = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-finished-'));
  [text, items] = [join(folder, 'text'), join(folder, 'items')];
  await runToy(text, { config: toyConfig(...onText) });
  await runToy(items, { config: itemsConfig });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const itemsConfig = toyConfig(
  ...['synthetic.initialisation=random', 'teacher.snapshots=0', 'distillation.outerSteps=0', 'evaluation.arms=[random]'],
);

/** A copy of the run on a text, to spoil. */
async function copy(name: string): Promise<string> {
  await cp(text, join(folder, name), { recursive: true });
  return join(folder, name);
}

describe('openRun', () => {
  it('knows the configuration, where it was, and the summary of the data', async () => {
    const run = await openRun(text);
    expect(run).toMatchObject({ path: text, config: { dataset: { id: 'text' }, maxLength: 8 }, configDirectory: resolve('.') });
    expect(run.synthetic.data).toMatchObject({ sequences: 6, length: 8 });
  });

  it.each(['config.yaml', 'environment.json', 'synthetic.farzi'])('refuses a folder without %s', async (name) => {
    const run = await copy(`without ${name.replace('/', ' ')}`);
    await rm(join(run, name));
    expect(await errorOf(() => openRun(run))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `The folder ${run} is not a finished run: ${name} cannot be read.`,
      hint: 'Give the run directory of farzi run; an interrupted run goes on with --resume.',
    });
  });

  it.each(['{', 'null', '{"configDirectory": 3}'])('refuses an environment of %s', async (content) => {
    const run = await copy('altered');
    await writeFile(join(run, 'environment.json'), content);
    expect(await errorOf(() => openRun(run))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `The file ${join(run, 'environment.json')} does not say where the run's configuration was: it has no configDirectory.`,
    });
  });
});

describe('readSummary', () => {
  it('reads numbers that are not finite, too', async () => {
    const run = await copy('diverged');
    const { retention, ...summary } = (await readSummary(run)) as Summary;
    expect(retention).toHaveProperty('writer');
    await writeFile(join(run, 'summary.json'), stringifyExact({ ...summary, retention: { writer: { surprise: Number.NaN } } }));
    expect(await readSummary(run)).toEqual({ ...summary, retention: { writer: { surprise: Number.NaN } } });
  });

  it('finds nothing where a run has not ended, and refuses what was altered', async () => {
    const run = await copy('open');
    await rm(join(run, 'summary.json'));
    expect(await readSummary(run)).toBeUndefined();
    await writeFile(join(run, 'summary.json'), '{');
    expect(await errorOf(() => readSummary(run))).toMatchObject({
      code: 'FARZI_RUN_DAMAGED',
      message: expect.stringContaining(`The file ${join(run, 'summary.json')} is not valid JSON: SyntaxError: `) as string,
    });
  });
});

describe('the tokenizer of a run', () => {
  it('is made again from what was saved', async () => {
    const run = await openRun(text);
    expect(run.synthetic.tokenizer).toEqual({ separator: ', ' });
    const tokenizer = requireTokenizer(run, registry);
    expect(tokenizer.decode(tokenizer.encode('item 3, item 9'))).toBe('item 3, item 9');
  });

  it('is missing where there is no text', async () => {
    const run = await openRun(items);
    expect(tokenizerOf(run, registry)).toBeUndefined();
    expect(await errorOf(() => requireTokenizer(run, registry))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `The run ${items} is on recommendation: it has no text to continue.`,
    });
  });

  it('is missing where the dataset cannot make it again', async () => {
    const run = await openRun(text);
    const forgetful = createRegistry([
      { ...toyPlugin, datasets: toyPlugin.datasets?.map(({ restoreTokenizer: _no, ...rest }) => rest) ?? [] },
    ]);
    expect(await errorOf(() => requireTokenizer(run, forgetful))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `The dataset text of ${text} cannot make its tokenizer again.`,
    });
  });
});
