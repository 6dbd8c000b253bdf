import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  decodeSafetensors,
  encodeSafetensors,
  FolderCheckpoints,
  isFarziError,
  loadDataset,
  loadStudent,
  loadSynthetic,
  openRun,
  parseConfig,
} from '@farzi/core';
import { interactions, text } from '@farzi/datasets';
import { sasrec } from '@farzi/models-sasrec';
import fc from 'fast-check';
import { unzip } from '../packages/datasets/src/files/unzip.js';
import { zipOf } from '../packages/datasets/test/support/zip.js';
import { type Attempt, type Check, type CheckContext, numbers, share, tallied } from './check.js';
import { Toy } from './toy.js';

/** A parser, something that it reads, and how often that is mutated. */
interface Parser {
  readonly subject: string;
  readonly count: number;
  readonly valid: Uint8Array;
  parse(bytes: Uint8Array): unknown;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One change to some bytes; places are shares of the length. */
const edit = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(40) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('write' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc
      .constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        ':',
        ',',
        '\t',
        '\n',
        '\r',
        '\0',
        '-1',
        '1e999',
        'NaN',
        'null',
        '&a',
        '*a',
        '<<',
        '\u202e',
        '\u001b[31m',
        '__proto__',
        '18446744073709551615',
      )
      .map((word) => bytesOf(word)),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(60),
    times: fc.integer({ min: 2, max: 5 }),
  }),
);
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never;

function edited(bytes: Uint8Array, change: Edit): Uint8Array {
  const at = Math.floor(change.at * bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (change.kind) {
    case 'flip': {
      const copy = Uint8Array.from(bytes);
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << change.bit);
      return copy;
    }
    case 'cut':
      return Buffer.concat([before, after.subarray(change.length)]);
    case 'insert':
      return Buffer.concat([before, change.bytes, after]);
    case 'write':
      return Buffer.concat([before, change.bytes, after.subarray(change.bytes.length)]);
    case 'repeat':
      return Buffer.concat([before, ...Array.from({ length: change.times }, () => after.subarray(0, change.length)), after]);
  }
}

/** Seconds that bytes of this size may take. */
const MOST_SECONDS = 10;

/** Mutated bytes for every parser. */
export const mutants: Check = {
  id: 'mutants',
  about: `Valid bytes of each kind with one to four changes; the parser must give a value or a coded error within ${MOST_SECONDS} s, and nothing else.`,
  // a share of the mutants of each parser, not of the parsers, which share folders
  run: async (context) => tallied({ ...context, scale: 1, jobs: 1 }, await parsers(context.folder), (parser) => mutated(context, parser)),
};

async function mutated(context: CheckContext, { count, valid, parse }: Parser): Promise<Attempt> {
  await parse(valid);
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    context.signal.throwIfAborted();
    const started = performance.now();
    try {
      await parse(edits.reduce(edited, valid));
    } catch (error) {
      if (!isFarziError(error) || error.code === 'FARZI_INTERNAL') throw error;
    }
    const seconds = (performance.now() - started) / 1000;
    if (seconds > MOST_SECONDS) throw new Error(`It takes ${seconds.toFixed(1)} s.`);
  });
  const { counterexample, counterexamplePath, errorInstance, failed, numRuns, seed } = await fc.check(property, {
    seed: context.seed,
    numRuns: share(count, context),
  });
  // the file may be of a folder that other parsers read
  await parse(valid);
  if (!failed) return { tried: numRuns, wrong: [] };
  return {
    tried: numRuns,
    wrong: [`${JSON.stringify(counterexample)}: ${String(errorInstance)} (seed ${seed}, path ${counterexamplePath})`],
  };
}

async function parsers(folder: string): Promise<Parser[]> {
  const toy = new Toy(join(folder, 'toy'), 'distillation.outerSteps=2');
  await toy.whole('run');
  const read = (name: string): Uint8Array => readFileSync(join(toy.folder, name));
  const inFile =
    (name: string, parse: (file: string) => Promise<unknown>) =>
    (bytes: Uint8Array): Promise<unknown> => {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      return parse(file);
    };
  const few = readFileSync(join(toy.folder, 'clicks.csv'), 'utf8').split('\n').slice(0, 60).join('\n');
  const events = (format?: 'sequences') => (path: string) =>
    loadDataset(interactions({ path, minimumUserEvents: 3, minimumItemEvents: 1, ...(format === undefined ? {} : { format }) }));
  const lines = numbers(12)
    .map((user) => `u${user} ${['a', 'b', 'c', 'd'].slice(user % 2).join(' ')}`)
    .join('\n');
  const words = bytesOf('the quick brown fox jumps over the lazy dog, '.repeat(20));
  const zip = zipOf([{ name: 'set/' }, { name: 'set/a.txt', content: 'first '.repeat(20) }, { name: 'set/b.txt', content: 'second' }]);
  const checkpoints = new FolderCheckpoints(join(folder, 'checkpoints'), { data: 'abc', engine: 'onnx' });
  const weights = { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) };
  const checkpoint = await checkpoints.save('some', { tensors: { weights }, state: { step: 3, best: Infinity } });
  return [
    {
      subject: 'safetensors',
      count: 30_000,
      valid: encodeSafetensors(
        { latents: { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }, ids: { shape: [2], values: Int32Array.of(1, 2) } },
        { format: 'x' },
      ),
      parse: (bytes) => decodeSafetensors(bytes, 'mutant.safetensors'),
    },
    {
      subject: 'experiment (YAML)',
      count: 25_000,
      valid: read('toy.yaml'),
      parse: (bytes) => parseConfig(new TextDecoder().decode(bytes), 'mutant.yaml'),
    },
    { subject: 'table (CSV)', count: 15_000, valid: bytesOf(few), parse: inFile('mutant.csv', events()) },
    { subject: 'table (TSV)', count: 5000, valid: bytesOf(few.replaceAll(',', '\t')), parse: inFile('mutant.tsv', events()) },
    { subject: 'table, compressed', count: 5000, valid: gzipSync(bytesOf(few)), parse: inFile('mutant.csv.gz', events()) },
    { subject: 'sequences', count: 5000, valid: bytesOf(lines), parse: inFile('mutant.seq', events('sequences')) },
    {
      subject: 'text',
      count: 4000,
      valid: words,
      parse: inFile('mutant.txt', (path) => loadDataset(text({ path, tokenizer: 'character' }))),
    },
    {
      subject: 'text in subwords',
      count: 2000,
      valid: words,
      parse: inFile('subwords.txt', (path) => loadDataset(text({ path, tokenizer: 'subword' }))),
    },
    {
      subject: 'zip archive',
      count: 4000,
      valid: zip,
      parse: inFile('mutant.zip', async (path) => {
        const target = join(folder, 'unpacked');
        await unzip(path, target).finally(() => {
          rmSync(target, { recursive: true, force: true });
        });
      }),
    },
    {
      subject: 'checkpoint',
      count: 2000,
      valid: readFileSync(checkpoint),
      parse: inFile('checkpoints/some.safetensors', () => checkpoints.load('some')),
    },
    {
      subject: 'student',
      count: 1000,
      valid: read('run/students/sasrec/full.safetensors'),
      parse: inFile('student.safetensors', (path) => loadStudent(path, { models: [sasrec] })),
    },
    {
      subject: 'distilled data',
      count: 2000,
      valid: read('run/synthetic.farzi'),
      parse: inFile('mutant.farzi', (path) => loadSynthetic(path)),
    },
    {
      subject: 'environment of a run',
      count: 1000,
      valid: read('run/environment.json'),
      parse: inFile('toy/run/environment.json', () => openRun(join(toy.folder, 'run'))),
    },
  ];
}
