import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  builtInCodecs,
  distributionAt,
  encodeSynthetic,
  latentPositions,
  loadSynthetic,
  RandomStream,
  saveSynthetic,
  type SyntheticInputs,
  type SyntheticPackage,
  validateOptions,
} from '@farzi/core';
import { afterAll, describe, expect, it } from 'vitest';
import { callPython, hasPythonWith } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'farzi-python-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const path = (name: string): string => join(folder, name);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const shape = { sequences: 7, length: 5, rank: 3, vocabularySize: 11, temperature: 0.6, matchingTemperature: 2 };

/** Random data; ids and weights that fill no whole bytes. */
function example(inputs: SyntheticInputs, storage: SyntheticPackage['storage'], weight = 1): SyntheticPackage {
  const stream = new RandomStream(5, `python/${inputs}`);
  const weights = Float32Array.from({ length: 35 }, (_, at) => (inputs === 'hard' && at % 5 > 2 ? 0 : weight));
  return {
    data: {
      ...{ ...shape, inputs, weights, decoder: stream.normal(33) },
      latents: stream.normal(7 * latentPositions({ inputs, length: 5 }) * 3),
      ...(inputs === 'hard' ? { ids: Int32Array.from({ length: 35 }, () => stream.integer(11)) } : {}),
    },
    vocabulary: Array.from({ length: 11 }, (_, id) => `item "${id}" ü`),
    titles: Array.from({ length: 11 }, (_, id) => `The ${id}`),
    ...(storage === undefined ? {} : { storage }),
    provenance: { dataset: 'toy', licence: 'CC0', protocol: 'leave-one-out', seed: 1, model: 'tiny', outerSteps: 3 },
  };
}

/** What the reader finds in some files, in batches of 4. */
const READ = `
import json, sys, numpy, farzi
def numbers(array): return None if array is None else array.astype(float).ravel().tolist()
def read(path):
    data = farzi.load(path)
    batches = list(data.batches(4))
    whole = lambda name: None if getattr(batches[0], name) is None else numpy.concatenate([getattr(each, name) for each in batches])
    return dict(latents=numbers(data.latents), decoder=numbers(data.decoder.T), weights=numbers(data.weights), ids=numbers(data.ids),
                inputs=numbers(whole("inputs")), targets=numbers(whole("targets")), batchIds=numbers(whole("ids")), batches=len(batches),
                vocabulary=data.vocabulary, titles=data.titles, provenance=data.provenance, codec=data.codec)
json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
`;

interface Read {
  readonly latents: readonly number[];
  readonly decoder: readonly number[];
  readonly weights: readonly number[];
  readonly ids: readonly number[] | null;
  readonly inputs: readonly number[] | null;
  readonly targets: readonly number[];
  readonly batchIds: readonly number[] | null;
  readonly batches: number;
  readonly vocabulary: unknown;
  readonly titles: unknown;
  readonly provenance: unknown;
  readonly codec: string;
}

function read(...files: readonly string[]): readonly Read[] {
  const { status, stdout, stderr } = callPython('-c', READ, ...files);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as readonly Read[];
}

function closeTo(found: readonly number[] | null, expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length);
  found?.forEach((value, at) => expect(Math.abs(value - (expected[at] ?? Number.NaN))).toBeLessThan(1e-6));
}

describe.skipIf(!hasPythonWith('numpy'))('farzi.py (needs a python3 with numpy, or FARZI_PYTHON)', () => {
  const cases = builtInCodecs.flatMap((definition) =>
    (['hard', 'soft'] as const).map((inputs) => ({ inputs, definition, file: path(`${definition.id}-${inputs}.farzi`) })),
  );

  it('reads what we read, for every codec and both kinds of inputs', async () => {
    for (const [index, { inputs, definition, file }] of cases.entries())
      await saveSynthetic(
        file,
        example(inputs, { definition, options: validateOptions(definition.schema, {}, []) }, index % 3 === 0 ? 0.25 : 1),
        {
          vocabulary: index % 2 === 0 ? 'inside' : 'beside',
        },
      );
    const found = read(...cases.map(({ file }) => file));
    for (const [index, { inputs, definition, file }] of cases.entries()) {
      const { data, vocabulary, titles, provenance } = await loadSynthetic(file);
      const theirs = found[index];
      expect(theirs).toMatchObject({ vocabulary, titles, provenance, codec: definition.id, batches: 2 });
      for (const name of ['latents', 'decoder', 'weights'] as const) closeTo(theirs?.[name] ?? null, data[name]);
      const decodedAt = (softened: number): number[][][] =>
        Array.from({ length: 7 }, (_, sequence) =>
          Array.from({ length: latentPositions(data) }, (__, position) => [
            ...distributionAt({ ...data, temperature: softened * data.temperature }, sequence, position),
          ]),
        );
      closeTo(
        theirs?.targets ?? null,
        decodedAt(2)
          .flatMap((each) => each.slice(-5))
          .flat(),
      );
      if (inputs === 'hard') {
        expect(theirs).toMatchObject({ ids: [...(data.ids ?? [])], batchIds: [...(data.ids ?? [])], inputs: null });
      } else {
        expect(theirs).toMatchObject({ ids: null, batchIds: null });
        closeTo(
          theirs?.inputs ?? null,
          decodedAt(1)
            .flatMap((each) => each.slice(0, 5))
            .flat(),
        );
      }
    }
  });

  it('reads files of the version before', async () => {
    const [before, now] = ['version-2-entropy', 'version-3-entropy'].map((name) =>
      here(`../../packages/core/test/fixtures/synthetic/${name}.farzi`),
    ) as [string, string];
    const [found, same] = read(before, now);
    expect(found).toEqual(same);
    expect(found?.titles).toEqual((await loadSynthetic(before)).titles);
  });

  it('yields every sequence once in a random order, and refuses batches of none', () => {
    const file = path('order.farzi');
    writeFileSync(file, encodeSynthetic(example('soft', undefined)));
    const { stdout } = callPython(
      '-c',
      `import farzi, numpy, sys
data = farzi.load(sys.argv[1])
print([batch.indices.tolist() for batch in data.batches(4, numpy.random.default_rng(1))])
try: next(data.batches(0))
except ValueError as error: print(error)`,
      file,
    );
    const [order, refusal] = stdout.trimEnd().split('\n');
    expect((JSON.parse(order ?? '') as number[][]).map(({ length }) => length)).toEqual([4, 3]);
    expect((JSON.parse(order ?? '') as number[][]).flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(refusal).toBe('A batch must hold at least one sequence, got 0.');
  });

  it('tells what a file holds', () => {
    const file = path('told.farzi');
    writeFileSync(file, encodeSynthetic(example('hard', undefined)));
    const { status, stdout } = callPython(here('farzi.py'), file);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^7 sequences of 5, hard inputs, 11 tokens\nrank 3, temperature 0\.6, matched at 2, stored with entropy\ndistilled from toy with tiny, 3 outer steps\nlicence of the source data: CC0\ntargets that count: 21 of 35\n/,
    );
    expect(stdout).toMatch(/\n( {2}The \d+ -> The \d+\n){5}$/);
  });

  it('says what is wrong with a file', async () => {
    const bytes = encodeSynthetic(example('hard', undefined));
    const text = Buffer.from(bytes).toString('latin1');
    const definition = { ...builtInCodecs[0], id: 'own' } as (typeof builtInCodecs)[number];
    const wrong: Readonly<Record<string, readonly [Uint8Array | string | undefined, RegExp]>> = {
      'missing.farzi': [undefined, /missing\.farzi cannot be read: No such file or directory\.$/],
      'empty.farzi': ['', /is no safetensors file, or is truncated/],
      'text.farzi': ['{"vocabulary": []}', /is no safetensors file, or is truncated/],
      'cut.farzi': [bytes.subarray(0, -3), /was altered or is truncated: its checksum does not fit what it holds\.$/],
      'version.farzi': [
        Buffer.from(text.replace('"version":"3"', '"version":"4"'), 'latin1'),
        /has version 4 of its format, and not 2 or 3/,
      ],
      'altered.farzi': [Buffer.from(text.replace('"rank', '"Rank'), 'latin1'), /was altered or is truncated/],
      'other.farzi': [Buffer.from(text.replace('farzi-synthetic', 'other-synthetic'), 'latin1'), /holds no synthetic data/],
      'codec.farzi': [
        encodeSynthetic(example('hard', { definition, options: {} })),
        /is stored with the codec 'own', which this reader does not know; it knows float32, float16, int8, int4, int3, int2, entropy\.$/,
      ],
      'beside.farzi': [encodeSynthetic(example('soft', undefined), { vocabulary: 'beside' }), /beside\.vocabulary\.json cannot be read/],
    };
    for (const [name, [content]] of Object.entries(wrong)) if (content !== undefined) writeFileSync(path(name), content);
    await saveSynthetic(path('names.farzi'), example('soft', undefined), { vocabulary: 'beside' });
    writeFileSync(path('names.vocabulary.json'), readFileSync(path('names.vocabulary.json'), 'utf8').replace('The 1', 'The 2'));
    const { status, stdout } = callPython(
      '-c',
      `import farzi, sys
for path in sys.argv[1:]:
    try: farzi.load(path)
    except farzi.FarziError as error: print(error)`,
      ...[...Object.keys(wrong), 'names.farzi'].map(path),
    );
    const messages = [...Object.values(wrong).map(([, message]) => message), /names\.farzi are not those it was written with\.$/];
    expect([status, stdout.trimEnd().split('\n')]).toEqual([0, messages.map((message) => expect.stringMatching(message) as string)]);
    expect(callPython(here('farzi.py'), path('missing.farzi'))).toEqual({
      ...{ status: 1, stdout: '' },
      stderr: `error: ${path('missing.farzi')} cannot be read: No such file or directory.\n`,
    });
  });

  it('refuses a file in which any byte was altered, or that is cut anywhere', () => {
    const file = path('mutated.farzi');
    writeFileSync(file, encodeSynthetic(example('hard', undefined)));
    const { status, stdout, stderr } = callPython(
      '-c',
      `import farzi, sys
content = open(sys.argv[1], "rb").read()
def refused(altered):
    try: farzi.loads(altered)
    except farzi.FarziError: return True
flips = [content[:at] + bytes([content[at] ^ by]) + content[at + 1:] for at in range(len(content)) for by in (1, 0x20, 0x80)]
print(all(map(refused, flips)), all(refused(content[:size]) for size in range(len(content))), refused(content))`,
      file,
    );
    expect([status, stdout, stderr]).toEqual([0, 'True True None\n', '']);
  });
});

describe.skipIf(!hasPythonWith('numpy', 'torch'))('train_torch.py (needs a python3 with numpy and torch, or FARZI_PYTHON)', () => {
  it('learns from data with both kinds of inputs', () => {
    const files = (['hard', 'soft'] as const).map((inputs) => {
      writeFileSync(path(`train-${inputs}.farzi`), encodeSynthetic(example(inputs, undefined)));
      return path(`train-${inputs}.farzi`);
    });
    // one process for both: torch takes its time to load
    const { status, stdout, stderr } = callPython(
      '-c',
      `import runpy, sys
program, *files = sys.argv[1:]
for file in files:
    sys.argv = [program, file, "--steps", "60", "--batch-size", "4"]
    runpy.run_path(program, run_name="__main__")`,
      here('train_torch.py'),
      ...files,
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^(step \d+ loss [^]*\nafter The 0: The \d+(, The \d+){4}\n){2}$/);
    const losses = Array.from(stdout.matchAll(/^step \d+ loss (\d+\.\d+)$/gm), ([, loss]) => Number(loss));
    expect(losses).toHaveLength(22);
    for (const [first, last] of [
      [0, 10],
      [11, 21],
    ] as const)
      expect(losses[last]).toBeLessThan((losses[first] ?? 0) - 0.2);
  });
});
