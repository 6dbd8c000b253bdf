import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { histories, ITEMS, quickly, tiny } from '../../test/tiny-library.js';
import { temporaryFolder } from '../../test/toy-experiment.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import { decodeSafetensors, encodeSafetensors } from '../storage/safetensors.js';
import { evaluate } from './evaluate.js';
import { loadStudent } from './load-student.js';
import { Student } from './student.js';
import { isStudentFile } from './student-file.js';
import { trainStudent } from './train-student.js';

const path = temporaryFolder();
const { engine, training } = quickly;
const { train, validation, test: cases } = leaveOneOut(histories);
let student: Student;
beforeAll(async () => {
  student = await trainStudent({ engine, model: tiny({ width: 5 }), data: { sequences: train, validation }, maxLength: 6, training });
});
const file = (): string => path('deep', 'student.safetensors');

/** Writes the student with something in its file changed. */
async function altered(change: (description: Record<string, unknown>) => unknown): Promise<void> {
  await student.save(file());
  const { tensors, metadata } = decodeSafetensors(await readFile(file()), file());
  const changed = change(JSON.parse(metadata['student'] ?? '') as Record<string, unknown>);
  await writeFile(
    file(),
    encodeSafetensors(tensors, changed === undefined ? {} : { student: typeof changed === 'string' ? changed : JSON.stringify(changed) }),
  );
}

describe('a student that is saved and loaded', () => {
  it('is the same, but for how it came about', async () => {
    await student.save(file());
    const loaded = await loadStudent(file(), { models: [tiny] });
    expect(loaded.weights).toEqual(student.weights);
    expect(loaded).toMatchObject({ vocabulary: student.vocabulary, maxLength: 6, model: { options: { width: 5 } } });
    expect(loaded.model.definition.id).toBe('tiny');
    expect([loaded.titles, loaded.training]).toEqual([undefined, undefined]);
    const metrics = (of: Student) => evaluate({ engine, student: of, cases, metrics: ['ndcg@10', 'mrr'] });
    expect(await metrics(loaded)).toEqual(await metrics(student));
  });

  it('keeps titles, and gives the same bytes each time', async () => {
    const { model, weights, vocabulary, maxLength } = student;
    const parts = { model, weights, vocabulary, maxLength };
    const titled = new Student({ ...parts, titles: student.vocabulary.map((name) => `Ünvan ${name}`) });
    await titled.save(file());
    const bytes = await readFile(file());
    const loaded = await loadStudent(file(), { models: [tiny] });
    expect(loaded.titles).toEqual(titled.titles);
    await loaded.save(file());
    expect(await readFile(file())).toEqual(bytes);
  });
});

describe('a student of a text', () => {
  it('keeps what makes its tokenizer again', async () => {
    const { model, weights, vocabulary, maxLength } = student;
    const tokenizer = { dataset: 'text', saved: { kind: 'character' } };
    await new Student({ model, weights, vocabulary, maxLength, tokenizer }).save(file());
    expect((await loadStudent(file(), { models: [tiny] })).tokenizer).toEqual(tokenizer);
  });

  it('of an earlier version has none, and is read', async () => {
    const { weights, vocabulary } = student;
    const description = { format: 'farzi-student-1', model: { id: 'tiny', options: { width: 5 } }, maxLength: 6, vocabulary };
    await student.save(file());
    const { tensors } = decodeSafetensors(await readFile(file()), file());
    await writeFile(file(), encodeSafetensors(tensors, { student: JSON.stringify(description) }));
    const loaded = await loadStudent(file(), { models: [tiny] });
    expect(loaded.tokenizer).toBeUndefined();
    expect(loaded.weights).toEqual(weights);
  });
});

describe('a file that holds no student', () => {
  const load = (): Promise<Student> => loadStudent(file(), { models: [tiny] });

  it('because it is not there says so', async () => {
    expect(await errorOf(load)).toMatchObject({ code: 'FARZI_DATA_NOT_FOUND', message: expect.stringContaining(file()) as string });
  });

  it.each([
    ['was cut short', (bytes: Uint8Array) => bytes.subarray(0, -7)],
    ['was emptied', () => new Uint8Array()],
    ['is something else', () => new TextEncoder().encode('{"weights": [1, 2, 3]}')],
  ])('because it %s is refused', async (_what, change) => {
    await student.save(file());
    await writeFile(file(), change(await readFile(file())));
    expect(await errorOf(load)).toMatchObject({ code: 'FARZI_SAFETENSORS', message: expect.stringContaining(file()) as string });
  });

  it.each<[string, (description: Record<string, unknown>) => unknown]>([
    ['no description', () => undefined],
    ['a broken description', () => '{"format":'],
    ['a description of nothing', () => null],
    ['another format', (description) => ({ ...description, format: 'farzi-student-9' })],
    ['no model', ({ model: _model, ...description }) => description],
    ['no vocabulary', ({ vocabulary: _vocabulary, ...description }) => description],
    ['numbers as names', (description) => ({ ...description, vocabulary: [1, 2] })],
    ['numbers as titles', (description) => ({ ...description, titles: [1, 2] })],
    ['too few titles', (description) => ({ ...description, titles: ['one'] })],
    ['no length', (description) => ({ ...description, maxLength: 0 })],
    ['a tokenizer of nothing', (description) => ({ ...description, tokenizer: { saved: {} } })],
    ['half a length', (description) => ({ ...description, maxLength: 2.5 })],
  ])('because of %s is refused', async (_what, change) => {
    await altered(change);
    expect(await errorOf(load)).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `The file ${file()} is not a student in the format farzi-student-1.`,
      hint: 'Give a file that student.save or farzi train wrote, or one of the students in a run directory.',
    });
  });

  it.each(['latents', 'latents.packed'])('but distilled data (%s) is told so', async (name) => {
    await student.save(file());
    await writeFile(file(), encodeSafetensors({ [name]: { shape: [1], values: Uint8Array.of(1) } }, { format: 'any' }));
    expect(await errorOf(load)).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `The file ${file()} holds distilled data, and no student.`,
      hint: 'Train a student on them first: farzi train DATA --model ID --out student.safetensors.',
    });
    expect(await isStudentFile(file())).toBe(false);
    await student.save(file());
    expect(await isStudentFile(file())).toBe(true);
    expect(await isStudentFile(path('nothing'))).toBe(false);
  });

  it('because its weights do not fit its description is refused', async () => {
    await altered((description) => ({ ...description, model: { id: 'tiny', options: { width: 4 } } }));
    expect(await errorOf(load)).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `${file()}: The tensor embedding has the shape [${ITEMS}, 5], and the model's is [${ITEMS}, 4].`,
    });
    await altered((description) => ({ ...description, vocabulary: ['one', 'two'] }));
    expect(await errorOf(load)).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });

  it('because its weights are of another type is refused', async () => {
    await student.save(file());
    const { tensors, metadata } = decodeSafetensors(await readFile(file()), file());
    const whole = Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, values }]) => [name, { shape, values: Int32Array.from(values) }]),
    );
    await writeFile(file(), encodeSafetensors(whole, metadata));
    expect(await errorOf(load)).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `${file()}: The tensor embedding has the element type I32, not F32.`,
    });
  });

  it('of a model that is given is refused, too', async () => {
    await student.save(file());
    expect(await errorOf(() => loadStudent(file(), { models: [] }))).toMatchObject({
      code: 'FARZI_CONTRIBUTION_UNKNOWN',
      message: `The file ${file()} holds a student of the model "tiny", which is not among the given models.`,
      hint: 'Import the model from its package, and add it to models, which holds none; name its plugin with --plugin on the command line.',
    });
    await altered((description) => ({ ...description, model: { id: 'tiny', options: { depth: 4 } } }));
    expect(await errorOf(load)).toMatchObject({ code: 'FARZI_CONFIG_UNKNOWN_KEY', message: 'The key "depth" of tiny is not known.' });
  });
});
