import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { writeTale, writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const tale = writeTale(folder);
const users = writeUsers(folder);
const quickstart = fileURLToPath(new URL('../../../examples/quickstart.yaml', import.meta.url));
folder.write(
  'models.mjs',
  `const schema = { type: 'object', additionalProperties: false, properties: {} };
const model = (id, create) => ({ id, task: 'recommendation', schema, create });
export default { name: 'models', core: '*', models: [model('unfinished', () => { throw new TypeError('x is not a function'); })] };
`,
);

/** What is printed to stderr, with the exit code before it. */
async function refused(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  expect(stdout).toBe('');
  return `${exitCode} ${stderr}`.replaceAll(folder.path, '.');
}

/** The configuration with all defaults, as `farzi validate` prints it. */
async function resolved(file: string, ...overrides: readonly string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await outcome('validate', file, ...overrides.flatMap((each) => ['--set', each]));
  expect([exitCode, stderr]).toEqual([0, '']);
  return parse(stdout);
}

describe('farzi validate finds without data', () => {
  it.skipIf(existsSync('/dev/nvidiactl'))('that an engine cannot be used here, and says where it was asked for', async () => {
    const config = folder.write('cuda.yaml', 'task: recommendation\nengine: onnx-cuda\ndataset: movielens-small-2016\nmodel: sasrec\n');
    expect(await refused('validate', config)).toMatch(
      /^1 error FARZI_ENGINE_UNAVAILABLE:\n {2}\.\/cuda\.yaml:2:9: No engine can be used\.\n {2}onnx-cuda: There is no NVIDIA GPU here/,
    );
    expect(await refused('validate', users, '--set', 'engine=onnx-cuda')).toMatch(
      /^1 error FARZI_ENGINE_UNAVAILABLE:\n {2}--set engine=onnx-cuda: No engine can be used\.\n {2}onnx-cuda: There is no NVIDIA GPU here/,
    );
  });

  it('that a model cannot be built, and which of several it is', async () => {
    expect(await refused('validate', tale, '--set', 'model.width=32', '--set', 'model.heads=3')).toBe(
      '2 error FARZI_CONFIG_INVALID: ./tale.yaml:4:8: transformer-lm: The 3 heads do not divide a width of 32.\nhint: Choose heads that divides width.\n',
    );
    const students = 'students:\n  - sasrec\n  - id: sasrec\n    hiddenSize: 32\n    heads: 3\n';
    const config = folder.write('students.yaml', `task: recommendation\ndataset: movielens-small-2016\nmodel: sasrec\n${students}`);
    expect(await refused('validate', config)).toBe(
      '2 error FARZI_CONFIG_INVALID: ./students.yaml:6:5: sasrec: The 3 heads do not divide a hiddenSize of 32.\nhint: Choose heads that divides hiddenSize.\n',
    );
  });

  it('that a model of a plugin throws, with a code', async () => {
    expect(await refused('validate', users, '--set', 'plugins=[./models.mjs]', '--set', 'model=unfinished')).toBe(
      "1 error FARZI_MODEL_INVALID: --set model=unfinished: The model unfinished cannot be built and run: TypeError: x is not a function.\nhint: Report this to the model's author, with the output of --verbose.\n",
    );
  });

  it.each([
    ['maxLength=2000', 'maxLength'],
    ['synthetic.rank=1000000', 'synthetic.rank'],
    ['synthetic.sequences=1000000000', 'synthetic.sequences'],
  ])('that %s would take more memory than there is, and says what to lower', async (override, key) => {
    // the quickstart, on a machine of 16 GB
    const text = await refused('validate', quickstart, '--set', 'memoryLimit=16384', '--set', override);
    expect(text).toMatch(
      new RegExp(`^2 error FARZI_MEMORY_LIMIT: The job is expected to take .* and memoryLimit is 16 GB\\.\nhint: .*Lower .*${key}`),
    );
  });

  it('and writes nothing', () => {
    expect(readdirSync(folder.path).sort()).toEqual(
      ['models.mjs', 'students.yaml', 'tale.txt', 'tale.yaml', 'tiny.yaml', 'users.txt']
        .concat(existsSync(join(folder.path, 'cuda.yaml')) ? ['cuda.yaml'] : [])
        .sort(),
    );
  });
});

describe('farzi validate --estimate', () => {
  it('tells memory, disk and time of every stretch before the configuration', async () => {
    const { exitCode, stdout, stderr } = await outcome('validate', users, '--estimate');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^# .*tiny\.yaml: ok\n# expected peak memory +\d+ MB\n# limit: the memory of this \w+ +\d+ \w+\n# on disk +\d+ kB\n#\n/,
    );
    for (const stretch of ['teacher', 'distillation', 'students: full', 'students: distilled'])
      expect(stdout).toMatch(new RegExp(`^# ${stretch} +\\d+ MB +\\d+ s$`, 'm'));
    expect(parse(stdout)).toEqual(await resolved(users));
  });

  it('needs the data', async () => {
    expect(await refused('validate', users, '--estimate', '--set', 'dataset.path=gone.txt')).toMatch(/^1 error FARZI_DATA_NOT_FOUND:/);
  });
});

describe('a run that could not start', () => {
  it.each([
    ['an engine', 'engine=abacus', /^1 error FARZI_ENGINE_UNAVAILABLE: --set engine=abacus: There is no engine abacus\.\nhint: /],
    [
      'a model',
      'model.heads=3',
      /^2 [^]*error FARZI_CONFIG_INVALID: \.\/tiny\.yaml:4:8: sasrec: The 3 heads do not divide a hiddenSize of 8\.\n/,
    ],
    [
      'memory',
      'memoryLimit=100',
      /^2 [^]*error FARZI_MEMORY_LIMIT: The job is expected to take [\d,]+ MB of memory.*, and memoryLimit is 100 MB\./,
    ],
    ['data', 'dataset.path=gone.txt', /^1 [^]*error FARZI_DATA_NOT_FOUND:/],
  ])('for %s leaves nothing in the way of the corrected one', async (_what, override, message) => {
    const run = join(folder.path, 'run');
    expect(await refused('run', users, '--out', run, '--set', override)).toMatch(message);
    expect(existsSync(run)).toBe(false);
  });

  it('leaves the run that it was to replace', async () => {
    const run = join(folder.path, 'kept');
    const short = ['--set', 'distillation.outerSteps=0', '--set', 'evaluation.seeds=1', '--quiet'];
    expect((await outcome('run', users, '--out', run, ...short)).exitCode).toBe(0);
    const files = readdirSync(run);
    expect((await outcome('run', users, '--out', run, '--overwrite', '--set', 'model.heads=3', '--quiet')).exitCode).toBe(2);
    expect(readdirSync(run)).toEqual(files);
    expect((await outcome('run', users, '--out', run, '--overwrite', ...short)).exitCode).toBe(0);
  });
});

describe('a contribution', () => {
  it('may be an id alone, wherever one is named', async () => {
    const config = folder.write(
      'ids.yaml',
      `task: recommendation
dataset: movielens-small-2016
model: sasrec
students: [sasrec]
synthetic: { initialisation: random }
teacher: { schedule: cosine }
distillation: { metaOptimizer: farzi, schedule: cosine, outerOptimizer: sgd }
training: { schedule: cosine, optimizer: adam }
evaluation: { arms: [full, distilled] }
`,
    );
    expect(await resolved(config)).toMatchObject({
      dataset: { id: 'movielens-small-2016' },
      model: { id: 'sasrec', hiddenSize: 64 },
      students: [{ id: 'sasrec', hiddenSize: 64 }],
      synthetic: { initialisation: { id: 'random' } },
      teacher: { schedule: { id: 'cosine' }, optimizer: { id: 'adam' } },
      distillation: { metaOptimizer: { id: 'farzi', steps: 20 }, schedule: { id: 'cosine' }, outerOptimizer: { id: 'sgd' } },
      training: { schedule: { id: 'cosine' } },
      evaluation: { arms: [{ id: 'full' }, { id: 'distilled' }] },
    });
  });

  it('may be set by its id, or by one of its options', async () => {
    expect(await resolved(users, 'evaluation.arms=[full, distilled]', 'synthetic.initialisation=random')).toMatchObject({
      evaluation: { arms: [{ id: 'full' }, { id: 'distilled' }] },
      synthetic: { initialisation: { id: 'random' } },
    });
    expect(await resolved(users, 'training.optimizer.beta2=0.9', 'distillation.outerOptimizer.beta1=0.5')).toMatchObject({
      training: { optimizer: { id: 'adam', beta1: 0.9, beta2: 0.9 } },
      distillation: { outerOptimizer: { id: 'adam', beta1: 0.5, beta2: 0.99 } },
    });
    expect(await resolved(users, 'model=sasrec', 'model.heads=2')).toMatchObject({ model: { id: 'sasrec', heads: 2, blocks: 2 } });
  });

  it('loses the options of the one before when its id is set', async () => {
    expect(await resolved(users, 'dataset.id=movielens-small-2016')).toMatchObject({ dataset: { id: 'movielens-small-2016' } });
    expect(await resolved(users, 'distillation.learner.optimizer.id=sgd')).toMatchObject({
      distillation: { learner: { optimizer: { id: 'sgd' } } },
    });
  });

  it('that is not known is named with its place and kind', async () => {
    expect(await refused('validate', users, '--set', 'training.schedule=cosinus')).toMatch(
      /^2 error FARZI_CONTRIBUTION_UNKNOWN: --set training\.schedule=cosinus: No loaded plugin contributes the schedule "cosinus"\.\nhint: Did you mean "cosine"\?/,
    );
  });

  it('is not compared twice', async () => {
    expect(await refused('validate', users, '--set', 'evaluation.arms=[full, { id: full }]')).toMatch(/^2 error FARZI_CONFIG_INVALID: /);
  });
});

describe('a key that has moved', () => {
  it.each([
    ['distillation', '{ optimizer: { id: adam } }', 'distillation.optimizer', 'distillation.learner.optimizer'],
    ['distillation', '{ beta1: 0.9 }', 'distillation.beta1', 'distillation.outerOptimizer.beta1'],
    ['distillation', '{ beta2: 0.9 }', 'distillation.beta2', 'distillation.outerOptimizer.beta2'],
    ...[
      ['learners', 'start', 'pool'],
      ['poolSize', 'poolSize', '3'],
      ['maxAge', 'maxAge', '60'],
      ['batchSize', 'batchSize', '4'],
      ['learningRate', 'learningRate', '0.01'],
    ].map(([before = '', now = '', value = '']) => [
      'distillation',
      `{ metaOptimizer: { id: farzi, ${before}: ${value} } }`,
      `distillation.metaOptimizer.${before}`,
      `distillation.learner.${now}`,
    ]),
  ])('in %s: %s is refused with its new name', async (section, value, before, now) => {
    const config = folder.write('moved.yaml', `task: recommendation\ndataset: movielens-small-2016\nmodel: sasrec\n${section}: ${value}\n`);
    const column = `${section}: ${value}`.indexOf(`${before.split('.').at(-1) ?? ''}:`) + 1;
    expect(await refused('validate', config)).toBe(
      `2 error FARZI_CONFIG_UNKNOWN_KEY: ./moved.yaml:4:${column}: The key ${before} is now ${now}.\nhint: Move the value to ${now}.\n`,
    );
  });

  it('is refused in --set, too', async () => {
    expect(await refused('validate', users, '--set', 'distillation.metaOptimizer.poolSize=3')).toBe(
      '2 error FARZI_CONFIG_UNKNOWN_KEY: --set distillation.metaOptimizer.poolSize=3: The key distillation.metaOptimizer.poolSize is now distillation.learner.poolSize.\nhint: Move the value to distillation.learner.poolSize.\n',
    );
  });
});
