import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildModel,
  distributionAt,
  exportStudent,
  float32,
  hardSequences,
  initialParameters,
  layoutOf,
  RandomStream,
  saveSynthetic,
  Student,
  type SyntheticPackage,
} from '@farzi/core';
import { sasrec } from '@farzi/models-sasrec';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const path = (...names: readonly string[]): string => join(folder.path, ...names);
const stream = new RandomStream(4, 'export test');

const shape = { sequences: 3, length: 4, rank: 2, vocabularySize: 5, temperature: 0.7, matchingTemperature: 1 };
const rest = {
  vocabulary: ['a', 'b,b', '"quoted"', 'zwei\nlines', 'ü'],
  storage: float32(),
  provenance: { dataset: 'd', protocol: 'p', seed: 1, model: 'm', outerSteps: 0 },
};
const decoder = stream.normal(10);
const hard: SyntheticPackage = {
  ...rest,
  titles: ['A', 'B', 'C', 'D', 'Ü'],
  data: {
    ...{ ...shape, decoder, inputs: 'hard', latents: stream.normal(24) },
    // the last sequence is shorter, and one of its targets does not count
    weights: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0.5, 0, 0),
    ids: Int32Array.of(0, 1, 2, 3, 4, 3, 2, 1, 0, 1, 0, 0),
  },
};
const soft: SyntheticPackage = {
  ...rest,
  data: { ...shape, decoder, inputs: 'soft', latents: stream.normal(30), weights: new Float32Array(12).fill(1) },
};

const [hardFile, softFile] = [path('hard.farzi'), path('soft.farzi')];
const before = process.cwd();
beforeAll(async () => {
  await saveSynthetic(hardFile, hard);
  await saveSynthetic(softFile, soft, { vocabulary: 'beside' });
  process.chdir(folder.path);
});
afterAll(() => {
  process.chdir(before);
});

type Objects = readonly Readonly<Record<string, unknown>>[];

/** Rows of a table that is written as JSON lines. */
async function rowsOf(...argv: readonly string[]): Promise<Objects> {
  const out = path('rows.jsonl');
  expect(await outcome('export', ...argv, '--format', 'jsonl', '--out', out)).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Objects[number]);
}

const column = (rows: Objects, name: string): unknown[] => rows.map((row) => row[name]);

describe('farzi export of distilled data', () => {
  it('writes real inputs and the likeliest targets, without what is padding', async () => {
    const rows = await rowsOf(hardFile);
    expect(rows[0]).toEqual({
      ...{ sequence: 0, copy: 0, position: 0, weight: 1 },
      ...{ input: 0, input_name: 'a', input_title: 'A' },
      target: expect.any(Number) as number,
      target_name: expect.any(String) as string,
      target_title: expect.any(String) as string,
    });
    expect(column(rows, 'sequence')).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
    expect(column(rows, 'position')).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1]);
    expect(column(rows, 'input')).toEqual([0, 1, 2, 3, 4, 3, 2, 1, 0, 1]);
    expect(column(rows, 'weight')).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0.5]);
    const targets = hardSequences(hard.data, { by: 'argmax' }).flatMap((each, at) => [...each.slice(0, at === 2 ? 2 : 4)]);
    expect(column(rows, 'target')).toEqual(targets);
    expect(column(rows, 'target_name')).toEqual(targets.map((token) => rest.vocabulary[token]));
    expect(column(rows, 'target_title')).toEqual(targets.map((token) => hard.titles?.[token]));
  });

  it('reads soft inputs as tokens, each target being the next input', async () => {
    const rows = await rowsOf(softFile);
    const sequences = hardSequences(soft.data, { by: 'argmax' });
    expect(column(rows, 'input')).toEqual(sequences.flatMap((each) => [...each.slice(0, -1)]));
    expect(column(rows, 'target')).toEqual(sequences.flatMap((each) => [...each.slice(1)]));
    expect(rows[0]).not.toHaveProperty('input_title');
  });

  it('draws copies, the same for the same seed and however many there are', async () => {
    const draw = (copies: number, seed: number) =>
      rowsOf(softFile, '--tokens', 'sample', '--copies', String(copies), '--seed', String(seed));
    const rows = await draw(200, 3);
    expect(rows).toHaveLength(200 * 12);
    const [first] = rows.filter(({ copy }) => copy === 199);
    expect(first).toMatchObject({ sequence: 0, copy: 199, position: 0 });
    for (const { input, sequence, copy, position } of rows)
      if (position !== 0)
        expect(input).toBe(
          rows.find((row) => row['sequence'] === sequence && row['copy'] === copy && row['position'] === (position as number) - 1)?.[
            'target'
          ],
        );
    const drawn = rows.filter(({ sequence, position }) => sequence === 1 && position === 2);
    distributionAt(soft.data, 1, 3).forEach((probability, token) => {
      // three standard deviations of a share of 200 draws
      expect(Math.abs(drawn.filter(({ target }) => target === token).length / 200 - probability)).toBeLessThan(0.11);
    });
    expect(await draw(2, 3)).toEqual(rows.filter(({ copy }) => (copy as number) < 2));
    expect(await draw(2, 4)).not.toEqual(await draw(2, 3));
  });

  it('tells the likeliest targets of each position, as many as there are', async () => {
    const rows = await rowsOf(hardFile, '--top', '99');
    for (const row of rows) {
      const probabilities = distributionAt(hard.data, row['sequence'] as number, row['position'] as number);
      const ranked = Array.from(probabilities.keys()).sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
      ranked.forEach((token, rank) => {
        expect(row).toMatchObject({ [`top_${rank + 1}`]: token, [`top_${rank + 1}_name`]: rest.vocabulary[token] });
        expect(row[`top_${rank + 1}_probability`]).toBeCloseTo(probabilities[token] ?? Number.NaN, 12);
      });
      expect(row['top_1']).toBe(row['target']);
    }
    expect(Object.keys(rows[0] ?? {}).at(-1)).toBe('top_5_probability');
  });

  it('writes the same as CSV, with quotes where they are needed', async () => {
    const rows = await rowsOf(hardFile, '--top', '1');
    expect(await outcome('export', 'hard.farzi', '--format', 'csv', '--top', '1')).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: 'Wrote 10 rows of 14 columns to hard.csv.\n',
    });
    const text = readFileSync(path('hard.csv'), 'utf8');
    const quoted = (value: unknown): string => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
    const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(quoted))];
    expect(text).toBe(lines.map((line) => `${line.join(',')}\n`).join(''));
  });

  it('writes the same as Parquet, with types', async () => {
    const rows = await rowsOf(softFile, '--top', '2', '--tokens', 'sample', '--copies', '1000');
    const argv = ['export', softFile, '--format', 'parquet', '--top', '2', '--tokens', 'sample', '--copies', '1000'];
    expect(await outcome(...argv)).toMatchObject({ exitCode: 0, stdout: 'Wrote 12,000 rows of 14 columns to soft.parquet.\n' });
    const file = await asyncBufferFromFile(path('soft.parquet'));
    expect(await parquetReadObjects({ file })).toEqual(rows);
    const metadata = await parquetMetadataAsync(file);
    // more than one row group: it is written while it is made
    expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([10_000n, 2000n]);
    const types = parquetSchema(metadata).children.map(({ element }) => [element.name, element.type, element.repetition_type]);
    expect(types.slice(3, 5)).toEqual([
      ['input', 'INT32', 'REQUIRED'],
      ['input_name', 'BYTE_ARRAY', 'REQUIRED'],
    ]);
    expect(types.at(-1)).toEqual(['top_2_probability', 'DOUBLE', 'REQUIRED']);
  });

  it('finds the data of a run, and names the file after it', async () => {
    await mkdir(path('runs', 'mine'), { recursive: true });
    await saveSynthetic(path('runs', 'mine', 'synthetic.farzi'), hard);
    expect(await outcome('export', path('runs', 'mine'), '--format', 'csv')).toMatchObject({
      stdout: 'Wrote 10 rows of 10 columns to mine.csv.\n',
    });
  });
});

describe('farzi export of a student', () => {
  const model = sasrec({ hiddenSize: 8, blocks: 1 });
  const parameters = buildModel(model, { vocabularySize: 5, maxLength: 4 }).parameters;
  const weights = initialParameters(layoutOf(parameters), stream.child('student'));
  const student = new Student({ model, weights, vocabulary: rest.vocabulary, maxLength: 4 });

  it.each([
    [[], 5],
    [['--top', '2'], 2],
  ] as const)('writes an ONNX model with lists of as many as %j asks for and there are', async (argv, k) => {
    await student.save(path('student.safetensors'));
    expect(await outcome('export', path('student.safetensors'), '--format', 'onnx', ...argv)).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: 'Wrote the student sasrec, which reads up to 4 tokens, to student.onnx.\n',
    });
    expect(readFileSync(path('student.onnx')).equals(exportStudent(student, { k }))).toBe(true);
  });

  it('refuses it as data, and when it is cut off or of a model that is not there', async () => {
    const file = path('student.safetensors');
    await student.save(file);
    expect(await outcome('export', file, '--format', 'csv')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/FARZI_SAFETENSORS: .* holds no synthetic data/) as string,
    });
    const bytes = readFileSync(file);
    writeFileSync(path('cut.safetensors'), bytes.subarray(0, -1));
    expect(await outcome('export', path('cut.safetensors'), '--format', 'onnx')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error FARZI_SAFETENSORS: ') as string,
    });
    writeFileSync(path('foreign.safetensors'), Buffer.from(bytes.toString('latin1').replace('sasrec', 'notrec'), 'latin1'));
    expect(await outcome('export', path('foreign.safetensors'), '--format', 'onnx')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/FARZI_CONTRIBUTION_UNKNOWN: .*"notrec"/) as string,
    });
  });
});

describe('farzi export refuses', () => {
  const complains = async (argv: readonly string[], code: string, message: RegExp, exitCode: number): Promise<void> => {
    const found = await outcome('export', ...argv, '--out', path('refused'));
    expect(found).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) as string });
    expect(found.stderr).toContain(`error ${code}: `);
    expect((await readdir(folder.path)).filter((name) => name.startsWith('refused'))).toEqual([]);
  };

  it('a format that there is not, and none', async () => {
    await complains([hardFile, '--format', 'xml'], 'FARZI_USAGE', /Allowed choices are jsonl, csv, parquet, onnx\./, 2);
    await complains([hardFile], 'FARZI_USAGE', /Neither --format nor --web says what to write\.\n *hint: Give --format /, 2);
  });

  it('copies of the same', async () => {
    const message = /: The likeliest tokens are the same in each of 2 copies\.\n *hint: Draw them with --tokens sample/;
    await complains([hardFile, '--format', 'csv', '--copies', '2'], 'FARZI_USAGE', message, 2);
  });

  it('data as a model, and a folder as a student', async () => {
    const message = /hard\.farzi holds distilled data, and no student\.\n *hint: Train a student on them first/;
    await complains([hardFile, '--format', 'onnx'], 'FARZI_SAFETENSORS', message, 1);
    await complains([folder.path, '--format', 'onnx'], 'FARZI_USAGE', / is a folder, and --format onnx exports a student/, 2);
    await complains([hardFile, '--format', 'onnx', '--seed', '1'], 'FARZI_USAGE', /--seed is about the tokens of a table/, 2);
  });

  it('what is cut off, altered or not there', async () => {
    const bytes = readFileSync(hardFile);
    await writeFile(path('cut.farzi'), bytes.subarray(0, -1));
    await complains([path('cut.farzi'), '--format', 'jsonl'], 'FARZI_SAFETENSORS', /cut\.farzi: /, 1);
    await writeFile(path('altered.farzi'), Buffer.from(bytes.toString('latin1').replace('"temperature', '"Temperature'), 'latin1'));
    await complains([path('altered.farzi'), '--format', 'csv'], 'FARZI_DATA_CHECKSUM', /altered\.farzi was altered/, 1);
    await complains([path('nothing.farzi'), '--format', 'csv'], 'FARZI_DATA_NOT_FOUND', /nothing\.farzi cannot be read\./, 1);
  });

  it('to leave half a file where there is no place', async () => {
    writeFileSync(path('file'), '');
    const out = path('file', 'below.csv');
    expect(await outcome('export', hardFile, '--format', 'csv', '--out', out)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error FARZI_FILE_SYSTEM: ') as string,
    });
  });
});
