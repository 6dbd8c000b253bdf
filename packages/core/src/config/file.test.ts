import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { loadConfig, parseConfig } from './file.js';

const minimal = 'task: recommendation\ndataset: { id: tiny }\nmodel: { id: sasrec }\n';

const refused = (text: string, ...overrides: string[]) => refusal(() => parseConfig(text, 'x.yaml', overrides));
const usualArms = ['full', 'distilled', 'teacher-init', 'random', 'head', 'popularity'].map((id) => ({ id }));

describe('a valid configuration', () => {
  it('has all defaults, in sections that were left out and in those that were not', () => {
    const { config } = parseConfig(`${minimal}synthetic:\n  rank: 8\n`, 'x.yaml');
    expect(config.synthetic).toEqual({
      sequences: 50,
      rank: 8,
      temperature: 1,
      matchingTemperature: 2,
      inputs: 'hard',
      initialisation: { id: 'teacher' },
      storage: { id: 'entropy' },
      vocabulary: 'inside',
    });
    expect(config.distillation).toEqual({
      ...{ starts: 1, outerSteps: 200, latentsLearningRate: 0.02, decoderLearningRate: 0.006, clip: 0.5, clipMedians: 2 },
      ...{ validateEvery: 25, validationStudents: 1, quantisationAware: true, ratePenalty: 0, averaging: 0.95, patience: 8 },
      metaOptimizer: { id: 'farzi' },
      learner: {
        optimizer: { id: 'adam' },
        learningRate: 0.01,
        batchSize: 20,
        dropout: false,
        start: 'pool',
        poolSize: 6,
        maxAge: 120,
      },
      outerOptimizer: { id: 'adam', beta2: 0.99, epsilon: 1e-8 },
      schedule: { id: 'cosine' },
    });
    for (const section of [config.training, config.teacher])
      expect(section).toMatchObject({ optimizer: { id: 'adam' }, schedule: { id: 'constant' }, maxSteps: 2000 });
    expect(config.fullTraining).toEqual({});
    expect(config.evaluation.seeds).toBe(3);
  });

  it.each([
    [
      'recommendation',
      { metrics: ['hr@10', 'ndcg@10', 'hr@100', 'ndcg@100', 'mrr'], selection: 'ndcg@10', maskSeen: true, validationTargets: 5000 },
    ],
    ['language', { metrics: ['perplexity', 'accuracy@1', 'accuracy@5'], selection: 'perplexity', maskSeen: false }],
  ])('is evaluated as is usual for %s, as far as it says nothing', (task, usual) => {
    const text = minimal.replace('recommendation', task);
    const rest = { seeds: 3, batchSize: 128, arms: usualArms };
    expect(parseConfig(text, 'x.yaml').config.evaluation).toEqual({ ...usual, ...rest });
    const own = 'evaluation: { seeds: 1, metrics: [mine], validationTargets: 500 }';
    expect(parseConfig(text + own, 'x.yaml').config.evaluation).toEqual({
      ...{ ...usual, ...rest },
      ...{ seeds: 1, metrics: ['mine'], validationTargets: 500 },
    });
  });

  it('keeps the options of contributions, which are validated elsewhere', () => {
    expect(parseConfig(`${minimal}students: [{ id: gru, hiddenSize: 3 }]`, 'x.yaml').config.students).toEqual([
      { id: 'gru', hiddenSize: 3 },
    ]);
  });

  it('does not share defaults between readings', () => {
    const first = parseConfig(minimal, 'x.yaml').config;
    (first.synthetic as { rank: number }).rank = 99;
    expect(parseConfig(minimal, 'x.yaml').config.synthetic.rank).toBe(32);
  });

  it('may be JSON, indented with tabs', () => {
    const text = JSON.stringify({ $schema: './s.json', task: 'language', dataset: { id: 'a' }, model: { id: 'b' } }, null, '\t');
    expect(parseConfig(text, 'x.json').config.task).toBe('language');
  });

  it('may use anchors', () => {
    expect(parseConfig(`${minimal}teacher: &t { maxSteps: 7 }\ntraining: *t\n`, 'x.yaml').config.training).toMatchObject({
      maxSteps: 7,
      batchSize: 64,
    });
  });

  it('may use as many aliases as it likes, for what is small', () => {
    const values = `values: { ${Array.from({ length: 500 }, (_, index) => `k${index}: *one`).join(', ')} }`;
    const { dataset } = parseConfig(minimal.replace('id: tiny', `id: tiny, one: &one 1, ${values}`), 'x.yaml').config;
    expect(Object.values(dataset['values'] as object)).toEqual(Array(500).fill(1));
  });

  it('allows one learning rate or several', () => {
    expect(parseConfig(`${minimal}training: { learningRate: [0.1, 0.01] }`, 'x.yaml').config.training.learningRate).toEqual([0.1, 0.01]);
  });
});

describe('overrides', () => {
  it('take the model for the student where none is listed, and one is added', () => {
    const students = (...overrides: readonly string[]) => parseConfig(minimal, 'x.yaml', overrides).config.students;
    expect(students('students.1.id=gru', 'students.1.size=3')).toEqual([
      parseConfig(minimal, 'x.yaml').config.model,
      { id: 'gru', size: 3 },
    ]);
    expect(() => students('students.2.id=gru')).toThrow('students is a list of 1, which has no item 2');
  });

  it('are YAML values that are stronger than the file and make objects where there are none', () => {
    const { config } = parseConfig(minimal, 'x.yaml', ['seed=7', 'synthetic.inputs=hard', 'model.layers.size=[1, 2]', 'students.0.id=gru']);
    expect([config.seed, config.synthetic.inputs, config.model['layers'], config.students]).toEqual([
      7,
      'hard',
      { size: [1, 2] },
      [{ id: 'gru' }],
    ]);
  });

  it('can be all there is', () => {
    expect(parseConfig('', 'x.yaml', ['task=language', 'dataset.id=a', 'model.id=b']).config.task).toBe('language');
  });

  it('are named by problems with their values', () => {
    expect(refused(minimal, 'synthetic.sequences=many')).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message: '--set synthetic.sequences=many: The value of synthetic.sequences must be a whole number, but it is "many".',
      hint: undefined,
    });
  });

  it.each([
    ['seed', '--set seed: It is not of the form key=value.'],
    ['=3', '--set =3: It is not of the form key=value.'],
    ['a..b=3', '--set a..b=3: It is not of the form key=value.'],
    ['seed=[1', '--set seed=[1: The value is not valid YAML: Flow sequence must end with a ].'],
    ['seed=*a', '--set seed=*a: The value is not valid YAML: The alias *a has no anchor &a before it.'],
    ['seed=&a [*a]', '--set seed=&a [*a]: The value is not valid YAML: An anchor contains its own alias.'],
    ['a=[redis://me:secret@there/1', '--set a=[redis://...@there/1: The value is not valid YAML: Flow sequence must end with a ].'],
    ['task.a=1', '--set task.a=1: The value of task is "recommendation", which has no keys.'],
    ['plugins.3=x', '--set plugins.3=x: The value of plugins is a list of 1, which has no item 3.'],
  ])('%s is refused', (override, message) => {
    expect(refused(`${minimal}plugins: [a]`, override)).toMatchObject({ code: 'FARZI_USAGE', message });
  });

  it('cannot reach a prototype', () => {
    expect(refused(minimal, '__proto__.polluted=1')).toMatchObject({
      message: '--set __proto__.polluted=1: The key "__proto__" is not known.',
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

it('a seed that is the same number as others is refused', () => {
  const message = '--set seed=9007199254740993: The value of seed must be <= 9007199254740991, but it is 9007199254740992.';
  expect(refused(minimal, 'seed=9007199254740993')).toMatchObject({ code: 'FARZI_CONFIG_INVALID', message });
  expect(parseConfig(minimal, 'x.yaml', ['seed=9007199254740991']).config.seed).toBe(9007199254740991);
});

describe('a problem is told with its place and its value', () => {
  it.each([
    [
      'an unknown key',
      'synthetic:\n  sequnces: 3',
      'FARZI_CONFIG_UNKNOWN_KEY',
      'x.yaml:5:3: The key "sequnces" of synthetic is not known.',
      'Did you mean "sequences"? The known keys are sequences, rank, temperature, matchingTemperature, inputs, initialisation, storage, vocabulary.',
    ],
    [
      'an unknown key that resembles none',
      'synthetic: { colour: 3 }',
      'FARZI_CONFIG_UNKNOWN_KEY',
      'x.yaml:4:14: The key "colour" of synthetic is not known.',
      'The known keys are sequences, rank, temperature, matchingTemperature, inputs, initialisation, storage, vocabulary.',
    ],
    [
      'a wrong type',
      'synthetic:\n  sequences: many',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:14: The value of synthetic.sequences must be a whole number, but it is "many".',
      undefined,
    ],
    [
      'a value out of range',
      'synthetic:\n  sequences: 0',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:14: The value of synthetic.sequences must be >= 1, but it is 0.',
      undefined,
    ],
    [
      'a number that is none',
      'distillation:\n  clip: .nan',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:9: The value of distillation.clip must be a number, but it is NaN.',
      undefined,
    ],
    [
      'a word that is not allowed',
      'synthetic:\n  inputs: hrad',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:11: The value of synthetic.inputs must be one of soft, hard, but it is "hrad".',
      'Did you mean "hard"?',
    ],
    [
      'a section that is empty',
      'synthetic:',
      'FARZI_CONFIG_INVALID',
      'x.yaml:4:11: The value of synthetic must be a mapping of keys to values, but it is null.',
      'Write synthetic: {} or leave synthetic out.',
    ],
    [
      'neither of two types',
      'training:\n  learningRate: fast',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:17: The value of training.learningRate must be a number or a list, but it is "fast".',
      undefined,
    ],
    [
      'an item of a list',
      'training:\n  learningRate: [0.1, -1]',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:23: The value of training.learningRate.1 must be > 0, but it is -1.',
      undefined,
    ],
    [
      'a repeated item',
      'evaluation:\n  metrics: [mrr, mrr]',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:12: The value of evaluation.metrics must hold every item only once, but it is ["mrr","mrr"].',
      undefined,
    ],
    [
      'a contribution without id',
      'students:\n  - hiddenSize: 3',
      'FARZI_CONFIG_INVALID',
      'x.yaml:5:5: The key "id" of students.0 is missing.',
      'Add id.',
    ],
    [
      'an unknown key beside students',
      'studnets: []',
      'FARZI_CONFIG_UNKNOWN_KEY',
      'x.yaml:4:1: The key "studnets" is not known.',
      expect.stringMatching(/^Did you mean "students"\? The known keys are extends, task, seed, /),
    ],
  ])('%s', (_what, more, code, message, hint) => {
    expect(refused(minimal + more)).toEqual({ code, message, hint });
  });

  it('a missing key', () => {
    expect(refused('dataset: { id: a }\nmodel: { id: b }')).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message: 'x.yaml:1:1: The key "task" is missing.',
      hint: 'Add task: one of recommendation, language.',
    });
  });

  it('all of several, in the order of the file; the first decides the code', () => {
    expect(refused(`${minimal}training:\n  maxSteps: 0\nsynthetic:\n  sequnces: 3\n`, 'seed=-1')).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message: [
        'x.yaml:5:13: The value of training.maxSteps must be >= 1, but it is 0.',
        'x.yaml:7:3: The key "sequnces" of synthetic is not known. Did you mean "sequences"? The known keys are sequences, rank, temperature, matchingTemperature, inputs, initialisation, storage, vocabulary.',
        '--set seed=-1: The value of seed must be >= 0, but it is -1.',
      ].join('\n'),
      hint: undefined,
    });
  });
});

describe('a text that is no configuration', () => {
  it.each([
    [
      'a: [1, 2\nb: 3',
      'FARZI_CONFIG_SYNTAX',
      'x.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ].',
      'Correct the line `b: 3`.',
    ],
    ['a:\n\tb: 1', 'FARZI_CONFIG_SYNTAX', 'x.yaml:2:1: Tabs are not allowed as indentation.', 'Correct the line `b: 1`.'],
    ['task: a\ntask: b', 'FARZI_CONFIG_SYNTAX', 'x.yaml:2:1: Map keys must be unique.', 'Correct the line `task: b`.'],
    ['a: 1\n---\nb: 2', 'FARZI_CONFIG_SYNTAX', 'x.yaml:2:1: The file holds more than one document (---).', 'Correct the line `---`.'],
    ['a: 1\nb: *c', 'FARZI_CONFIG_SYNTAX', 'x.yaml:2:4: The alias *c has no anchor &c before it.', 'Correct the line `b: *c`.'],
    ['a: &b { c: *b }', 'FARZI_CONFIG_SYNTAX', 'x.yaml:1:1: An anchor contains its own alias.', 'Correct the line `a: &b { c: *b }`.'],
    ['a: !env HOME', 'FARZI_CONFIG_SYNTAX', 'x.yaml:1:4: Unresolved tag: !env.', 'Correct the line `a: !env HOME`.'],
    ['{"a": 1,\n "b" }', 'FARZI_CONFIG_INVALID', expect.stringContaining('The key "a" is not known.'), undefined],
    ['', 'FARZI_CONFIG_INVALID', 'x.yaml:1:1: The file is empty.', 'Write at least task, dataset and model.'],
    ['# nothing yet\n', 'FARZI_CONFIG_INVALID', 'x.yaml:1:1: The file is empty.', 'Write at least task, dataset and model.'],
    [
      '- a\n',
      'FARZI_CONFIG_INVALID',
      'x.yaml:1:1: An experiment must be a mapping of keys to values, but it is a list.',
      'Write at least task, dataset and model.',
    ],
    [
      'sasrec',
      'FARZI_CONFIG_INVALID',
      'x.yaml:1:1: An experiment must be a mapping of keys to values, but it is "sasrec".',
      'Write at least task, dataset and model.',
    ],
  ])('%j', (text, code, message, hint) => {
    expect(refused(text)).toEqual({ code, message, hint });
  });
});

describe('loadConfig', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farzi-config-'));
    await writeFile(join(folder, 'first.yaml'), minimal);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('knows the folder of the file', async () => {
    expect(await loadConfig(join(folder, 'first.yaml'))).toMatchObject({
      file: join(folder, 'first.yaml'),
      directory: folder,
      config: { task: 'recommendation' },
    });
  });

  it('lists what there is when the file does not exist', async () => {
    await expect(loadConfig(join(folder, 'frist.yaml'))).rejects.toMatchObject({
      code: 'FARZI_CONFIG_NOT_FOUND',
      message: `The configuration file ${join(folder, 'frist.yaml')} does not exist.`,
      hint: `Give the path of an experiment file: in ${folder} there are first.yaml.`,
    });
  });

  it('does not read a folder', async () => {
    await expect(loadConfig(folder)).rejects.toMatchObject({
      code: 'FARZI_CONFIG_NOT_FOUND',
      message: `The configuration file ${folder} is a folder.`,
    });
  });
});
