import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { histories, ITEMS, quickly, text, tiny, writer } from '../../test/tiny-library.js';
import { temporaryFolder } from '../../test/toy-experiment.js';
import { datasetOf } from '../data/input.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import { distill } from '../distill/distill.js';
import { farzi } from '../distill/farzi.js';
import type { Measurement } from '../report/reporter.js';
import { FolderCheckpoints } from '../storage/folder-checkpoints.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import { evaluate } from './evaluate.js';
import type { Student } from './student.js';
import { trainStudent, type TrainStudentRequest } from './train-student.js';

const path = temporaryFolder();
const { engine, training } = quickly;
const { train, validation, test: cases } = leaveOneOut(histories);
let synthetic: SyntheticPackage;
beforeAll(async () => {
  ({ synthetic } = await distill({
    ...quickly,
    metaOptimizer: farzi({ steps: 2, realBatchSize: 8 }),
    model: tiny(),
    sequences: train,
    validation,
  }));
});

const usual = { engine, model: tiny(), training, seed: 2 };
const onReal = (changes: Partial<TrainStudentRequest> = {}): Promise<Student> =>
  trainStudent({ ...usual, data: { sequences: train, validation }, maxLength: 6, ...changes });
const onSynthetic = (changes: Partial<TrainStudentRequest> = {}): Promise<Student> =>
  trainStudent({ engine, model: tiny(), seed: 2, data: synthetic, ...changes });

describe('a student of synthetic data', () => {
  it('trains as long and as fast as distillation found best, where nothing is validated', async () => {
    const student = await onSynthetic();
    const { recipe } = synthetic.provenance;
    expect(student.training).toMatchObject({
      learningRate: recipe?.learningRate,
      steps: recipe?.steps,
      score: Number.NaN,
      diverged: false,
    });
    expect(student).toMatchObject({ vocabulary: synthetic.vocabulary, maxLength: 6 });
    expect(student.weights.every(Number.isFinite)).toBe(true);
  });

  it('keeps what makes the tokenizer of a text again', async () => {
    expect((await onSynthetic()).tokenizer).toBeUndefined();
    const tokenizer = { kind: 'character' };
    const { provenance } = synthetic;
    expect((await onSynthetic({ data: { ...synthetic, tokenizer }, training: { maxSteps: 1 } })).tokenizer).toEqual({
      dataset: provenance.dataset,
      saved: tokenizer,
    });
  });

  it('tells how far it is', async () => {
    const told: unknown[] = [];
    await onSynthetic({
      training: { maxSteps: 4, evaluateEvery: 2 },
      onPhase: (phase, { title, total }) => told.push([phase, title, total]),
      onProgress: ({ done, total, detail }) => told.push([done, total, detail]),
    });
    const loss = expect.stringMatching(/^loss \d/) as string;
    expect(told).toEqual([
      ['students', 'training tiny from scratch', 4],
      [2, 4, loss],
      [4, 4, loss],
    ]);
  });

  it('trains otherwise where that is asked for, or nothing is known', async () => {
    expect((await onSynthetic({ training: { maxSteps: 3 } })).training).toMatchObject({ steps: 3, learningRate: 0.05 });
    const { recipe: _recipe, ...provenance } = synthetic.provenance;
    const student = await onSynthetic({ data: { ...synthetic, provenance }, training: { learningRate: 0.02, maxSteps: 4 } });
    expect(student.training).toMatchObject({ steps: 4, learningRate: 0.02 });
  });

  it('keeps the best step and rate on validation, where some is given', async () => {
    const student = await onSynthetic({ validation, training: { ...training, learningRate: [1e-9, 0.05] } });
    const { history = [], steps, score, learningRate } = student.training ?? {};
    expect(learningRate).toBe(0.05);
    expect(history.map(({ step }) => step)).toEqual([10, 20]);
    expect(score).toBe(Math.max(...history.map((each) => each.score)));
    expect(history.find(({ step }) => step === steps)?.score).toBe(score);
    const metrics = await evaluate({ engine, student, cases: validation, metrics: ['ndcg@10'] });
    expect(metrics['ndcg@10']).toBe(score);
  });

  it('may be of another architecture, and read longer inputs than the data have', async () => {
    const student = await onSynthetic({ model: tiny({ width: 3 }), maxLength: 9 });
    expect(student.maxLength).toBe(9);
    expect(student.weights).toHaveLength(ITEMS * 3 + 9 * 3 + 3 * 3 + 3);
    expect(await errorOf(() => onSynthetic({ maxLength: 5 }))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The option maxLength is 5, and the synthetic sequences have 6 positions.',
      hint: 'Leave maxLength out, or set it to 6 or more.',
    });
  });

  it('has the titles of the data', async () => {
    const titles = synthetic.vocabulary.map((name) => `Title ${name}`);
    expect((await onSynthetic({ data: { ...synthetic, titles } })).titles).toEqual(titles);
    expect((await onSynthetic()).titles).toBeUndefined();
  });

  it('works for language, too', async () => {
    const request = { ...quickly, model: writer(), sequences: text, outerSteps: 0 };
    const student = await trainStudent({ engine, model: writer(), data: (await distill(request)).synthetic, training: { maxSteps: 5 } });
    expect(
      Object.keys(
        await evaluate({
          engine,
          student,
          cases: [{ tokens: text[0] as Int32Array, firstTarget: 1 }],
          metrics: ['perplexity', 'accuracy@1'],
        }),
      ),
    ).toEqual(['perplexity', 'accuracy@1']);
  });
});

describe('a student of real data', () => {
  it('learns what follows what', async () => {
    const [untrained, student] = [
      await onReal({ training: { maxSteps: 1 } }),
      await onReal({ training: { ...training, maxSteps: 300, evaluateEvery: 50 } }),
    ];
    const hits = async (of: Student) => (await evaluate({ engine, student: of, cases, metrics: ['hr@1'] }))['hr@1'] ?? 0;
    expect(await hits(student)).toBeGreaterThan((await hits(untrained)) + 0.3);
  });

  it('is the same for the same data and seed, however the data are given, and another for another seed', async () => {
    const first = await onReal();
    const dataset = datasetOf({ sequences: train, validation }, 'recommendation');
    const others = [await onReal(), await onReal({ data: { sequences: train }, validation }), await onReal({ data: { dataset } })];
    for (const other of others) expect(other.weights).toEqual(first.weights);
    expect((await onReal({ seed: 3 })).weights).not.toEqual(first.weights);
  });

  it('holds out the ends of sequences where no validation is given', async () => {
    const heldOut = await onReal({ data: { sequences: validation.map(({ tokens }) => tokens) } });
    expect(heldOut.weights).toEqual((await onReal()).weights);
  });

  it('tells its losses, and goes on from checkpoints', async () => {
    const measured: Measurement[] = [];
    const whole = await onReal({ onMeasurement: (each) => measured.push(each) });
    expect(measured.map(({ phase, subject, step }) => [phase, subject, step])).toEqual([
      ['students', 'student', 10],
      ['students', 'student', 20],
    ]);
    const controller = new AbortController();
    const checkpoints = new FolderCheckpoints(path('kept'));
    const interrupted = () =>
      onReal({
        checkpoints,
        signal: controller.signal,
        onMeasurement: () => {
          controller.abort();
        },
      });
    expect(await errorOf(interrupted)).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    const steps: number[] = [];
    const resumed = await onReal({ checkpoints, onMeasurement: ({ step }) => steps.push(step) });
    // also what was measured before, as others may listen now
    expect(steps).toEqual([10, 20]);
    expect(resumed.weights).toEqual(whole.weights);
  });
});

describe('a request that cannot be met', () => {
  const stranger = [{ tokens: Int32Array.of(0, ITEMS), firstTarget: 1 }];
  it.each<[string, () => Promise<Student>, string, string]>([
    [
      'validation of others, on real data',
      () => onReal({ data: { dataset: datasetOf({ sequences: train, validation }, 'recommendation') }, validation: stranger }),
      'FARZI_DATA_INVALID',
      `The evaluation holds the token ${ITEMS} in case 0 at 1, outside its vocabulary of ${ITEMS}.`,
    ],
    [
      'validation of others, on synthetic data',
      () => onSynthetic({ validation: stranger }),
      'FARZI_DATA_INVALID',
      `The evaluation holds the token ${ITEMS} in case 0 at 1, outside its vocabulary of ${ITEMS}.`,
    ],
    ['empty validation', () => onSynthetic({ validation: [] }), 'FARZI_DATA_INVALID', 'The evaluation has no cases.'],
    [
      'a metric of another task',
      () => onReal({ evaluation: { selection: 'perplexity' } }),
      'FARZI_CONFIG_INVALID',
      'The metric "perplexity" is for language, not for recommendation.',
    ],
    [
      'a metric that counts characters',
      () =>
        trainStudent({ engine, model: writer(), data: { sequences: text }, maxLength: 6, evaluation: { selection: 'bitsPerCharacter' } }),
      'FARZI_CONFIG_INVALID',
      'The metric bitsPerCharacter counts characters, and the dataset what is trained on does not say how many its tokens stand for.',
    ],
    [
      'training out of range',
      () => onReal({ training: { maxSteps: 0 } }),
      'FARZI_CONFIG_INVALID',
      'The value of training.maxSteps must be >= 1, but it is 0.',
    ],
    [
      'a text that is too short',
      () => trainStudent({ engine, model: writer(), data: { sequences: [[0, 1, 2, 3]] }, maxLength: 50 }),
      'FARZI_DATA_TOO_SHORT',
      'The longest training text of in memory has 3 tokens: it is too short for one window of maxLength = 50 tokens and the one after it.',
    ],
    [
      'a rate that diverges',
      () => onReal({ training: { ...training, learningRate: 3e38 } }),
      'FARZI_NON_FINITE',
      expect.stringContaining('after 10 steps of training on real data') as string,
    ],
  ])('is refused: %s', async (_what, call, code, message) => {
    expect(await errorOf(call)).toMatchObject({ code, message });
  });
});
