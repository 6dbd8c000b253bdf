import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { loadConfig, parseConfig, readDocument } from './file.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-extends-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const base = `task: recommendation
dataset: { id: toy, path: a.txt }
model: { id: sasrec, hiddenSize: 32, blocks: 2 }
synthetic: { sequences: 5, rank: 8 }
training: { learningRate: [0.1, 0.2], optimizer: adam }
plugins: [./one.js]
`;

describe('a file that extends another', () => {
  it('has its values where it says nothing: objects by key, lists as a whole, contributions with another id alone', async () => {
    await write('common/base.yaml', base);
    const middle = await write('middle.yaml', 'extends: ./common/base.yaml\nmodel: { blocks: 1 }\ntraining: { learningRate: [0.3] }\n');
    const { config, directory } = await loadConfig(await write('own.yaml', `extends: ${middle}\nseed: 4\nplugins: [./two.js]\n`), [
      'synthetic.rank=4',
    ]);
    expect(config).toMatchObject({
      ...{
        task: 'recommendation',
        seed: 4,
        plugins: ['./two.js'],
        synthetic: { sequences: 5, rank: 4 },
        training: { learningRate: [0.3] },
      },
      model: { id: 'sasrec', hiddenSize: 32, blocks: 1 },
    });
    expect(directory).toBe(folder);
    expect(config).not.toHaveProperty('extends');
    const other = await loadConfig(await write('gru.yaml', 'extends: ./own.yaml\nmodel: gru4rec\ntraining: { optimizer: { id: sgd } }\n'));
    expect(other.config.model).toEqual({ id: 'gru4rec' });
    expect(other.config.training.optimizer).toEqual({ id: 'sgd' });
  });

  it('is told of by the file where a value stands', async () => {
    const file = await write('base.yaml', base.replace('rank: 8', 'rank: -8'));
    const own = await write('own.yaml', 'extends: ./base.yaml\nseed: -1\n');
    expect(await errorOf(() => loadConfig(own))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: expect.stringMatching(new RegExp(`^${own}:2:7: .*\\n${file}:4:34: `)) as string,
    });
    expect(await errorOf(() => loadConfig(own, ['seed=1', 'synthetic.rank=0']))).toMatchObject({
      message: expect.stringMatching(/^--set synthetic\.rank=0: /) as string,
    });
  });

  it('knows where each value comes from', async () => {
    const file = await write('base.yaml', base);
    const own = await write('own.yaml', 'extends: ./base.yaml\nmodel: { blocks: 1 }\ndistillation: { schedule: constant }\n');
    const document = await readDocument(own, ['seed=2']);
    const origin = (path: string): string | undefined => document.originOf(path.split('.'));
    expect(origin('model.blocks')).toBe(`${own}:2:18`);
    expect(origin('model.hiddenSize')).toBe(`${file}:3:34`);
    expect(origin('training.learningRate.1')).toBe(`${file}:5:33`);
    expect(origin('training.optimizer.id')).toBe(`${file}:5:50`);
    expect(origin('distillation.schedule.id')).toBe(`${own}:3:27`);
    expect(origin('seed')).toBe('--set seed=2');
    expect(origin('model.dropout')).toBeUndefined();
    expect(origin('distillation.metaOptimizer.id')).toBeUndefined();
  });

  it('is refused where that goes round, is gone, or is no path', async () => {
    await write('one.yaml', 'extends: ./two.yaml\n');
    await write('two.yaml', 'extends: ./one.yaml\n');
    expect(await errorOf(() => loadConfig(join(folder, 'one.yaml')))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: expect.stringMatching(/two\.yaml:1:10: The file .*one\.yaml extends itself\.$/) as string,
    });
    expect(await errorOf(async () => loadConfig(await write('own.yaml', 'extends: ./gone.yaml\n')))).toMatchObject({
      code: 'FARZI_CONFIG_NOT_FOUND',
      message: expect.stringContaining('gone.yaml does not exist.') as string,
    });
    expect(await errorOf(async () => loadConfig(await write('own.yaml', 'extends: [a, b]\n')))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: expect.stringContaining('own.yaml:1:10: The value of extends is no path of a file.') as string,
    });
    expect(await errorOf(() => parseConfig('extends: ./base.yaml\n', 'x.yaml'))).toMatchObject({
      message: 'x.yaml:1:10: Only a file can extend another one.',
    });
  });
});

it("a run's configuration has its paths from the folder of the one that it was made from", async () => {
  const file = await write('runs/one/config.yaml', base);
  expect((await loadConfig(file)).directory).toBe(join(folder, 'runs', 'one'));
  await write('runs/one/environment.json', JSON.stringify({ configDirectory: '/elsewhere' }));
  expect((await loadConfig(file)).directory).toBe('/elsewhere');
});
