import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { onText, runToy, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { openRun } from '../run/finished-run.js';
import { type Continuation, type ContinuationRequest, continueText } from './continue-text.js';
import { createRegistry } from './experiment.js';

const registry = createRegistry([toyPlugin]);
let folder = '';
let text = '';
let items = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-continue-'));
  [text, items] = [join(folder, 'text'), join(folder, 'items')];
  await runToy(text, { config: toyConfig(...onText, 'students=[{ id: writer }, { id: writer, width: 4 }]') });
  await runToy(items, { config: itemsConfig });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const itemsConfig = toyConfig(
  ...['synthetic.initialisation=random', 'teacher.snapshots=0', 'distillation.outerSteps=0', 'evaluation.arms=[random]'],
);

describe('continueText', () => {
  const usual = { prompt: 'item 3, item 4', tokens: 5, temperature: 0.8, topK: 10, seed: 1, arms: ['distilled', 'full'] };
  const continued = async (request: Partial<ContinuationRequest> = {}, path = text): Promise<Continuation[]> => {
    const given: Continuation[] = [];
    for await (const each of continueText(await openRun(path), registry, engine, { ...usual, ...request })) given.push(each);
    return given;
  };

  it('gives the continuations of all students on all kinds of data', async () => {
    const given = await continued();
    expect(given.map(({ student, data }) => `${student} ${data}`)).toEqual([
      'writer distilled',
      'writer full',
      'writer 2 distilled',
      'writer 2 full',
    ]);
    for (const each of given) expect(each.text).toMatch(/^item 3, item 4(, item [1-9]\d?){5}$/);
  });

  it('depends on the seed, and on nothing that was drawn before', async () => {
    const all = await continued();
    expect(await continued({ arms: ['full'] })).toEqual(all.filter(({ data }) => data === 'full'));
    expect(await continued({ seed: 2 })).not.toEqual(all);
  });

  it('goes on as a text mostly does, with a student of the full data at temperature 0', async () => {
    const [first] = await continued({ arms: ['full'], temperature: 0 });
    expect(first?.text).toBe('item 3, item 4, item 5, item 6, item 7, item 8, item 9');
  });

  it('tells what is missing before it writes anything', async () => {
    const given: Continuation[] = [];
    const missing = async (): Promise<void> => {
      for await (const each of continueText(await openRun(text), registry, engine, { ...usual, arms: ['full', 'head'] })) given.push(each);
    };
    expect(await errorOf(missing)).toMatchObject({ code: 'FARZI_RUN_INCOMPLETE' });
    expect(given).toEqual([]);
    expect(await errorOf(() => continued({ prompt: 'something' }))).toMatchObject({ code: 'FARZI_PROMPT' });
    expect(await errorOf(() => continued({}, items))).toMatchObject({ code: 'FARZI_RUN_INCOMPLETE' });
  });
});
