import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeSafetensors, encodeSafetensors, isFarziError, loadDataset, loadSynthetic, parseConfig } from '@farzi/core';
import { interactions, text } from '@farzi/datasets';
import fc from 'fast-check';
import { type Check, type CheckContext, share, type Tally } from './check.js';
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
      const copy = bytes.slice();
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

/** Mutated bytes for every parser. */
export const mutants: Check = {
  id: 'mutants',
  about: 'Valid bytes of each kind with one to four changes; the parser must give a value or a coded error, and nothing else.',
  run: async (context) => {
    const tallies: Tally[] = [];
    for (const parser of await parsers(context.folder)) tallies.push(await mutated(context, parser));
    return tallies;
  },
};

async function mutated(context: CheckContext, { subject, count, valid, parse }: Parser): Promise<Tally> {
  const tried = share(count, context);
  await parse(valid);
  const wrong: string[] = [];
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    context.signal.throwIfAborted();
    try {
      await parse(edits.reduce(edited, valid));
    } catch (error) {
      if (!isFarziError(error) || error.code === 'FARZI_INTERNAL') throw error;
    }
  });
  const found = await fc.check(property, { seed: context.seed, numRuns: tried });
  if (found.failed)
    wrong.push(
      `${JSON.stringify(found.counterexample)}: ${String(found.errorInstance)} (seed ${found.seed}, path ${found.counterexamplePath})`,
    );
  context.progress(`${subject}: ${found.numRuns} mutants, ${wrong.length} wrong`);
  return { subject, tried: found.numRuns, wrong };
}

async function parsers(folder: string): Promise<Parser[]> {
  const toy = new Toy(join(folder, 'toy'), 'distillation.outerSteps=2');
  await toy.run('run');
  const read = (name: string): Uint8Array => readFileSync(join(toy.folder, name));
  const inFile =
    (name: string, parse: (file: string) => Promise<unknown>) =>
    (bytes: Uint8Array): Promise<unknown> => {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      return parse(file);
    };
  const few = readFileSync(join(toy.folder, 'clicks.csv'), 'utf8').split('\n').slice(0, 60).join('\n');
  const dataset = (options: Record<string, unknown>) => (path: string) =>
    loadDataset(interactions({ minimumUserEvents: 1, minimumItemEvents: 1, path, ...options } as never));
  const lines = Array.from({ length: 12 }, (_, user) => `u${user} ${['a', 'b', 'c', 'd'].slice(user % 2).join(' ')}`).join('\n');
  return [
    {
      subject: 'safetensors',
      count: 40_000,
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
    { subject: 'table (CSV)', count: 15_000, valid: bytesOf(few), parse: inFile('mutant.csv', dataset({})) },
    { subject: 'table (TSV)', count: 5_000, valid: bytesOf(few.replaceAll(',', '\t')), parse: inFile('mutant.tsv', dataset({})) },
    { subject: 'sequences', count: 5_000, valid: bytesOf(lines), parse: inFile('mutant.txt', dataset({ format: 'sequences' })) },
    {
      subject: 'text',
      count: 5_000,
      valid: bytesOf('the quick brown fox jumps over the lazy dog, '.repeat(20)),
      parse: inFile('mutant-text.txt', (path) => loadDataset(text({ path } as never))),
    },
    { subject: 'compressed table', count: 4_000, valid: gzipSync(bytesOf(few)), parse: inFile('mutant.csv.gz', dataset({})) },
    {
      subject: 'synthetic data',
      count: 1_000,
      valid: read('run/synthetic/manifest.json'),
      parse: inFile('toy/run/synthetic/manifest.json', () => loadSynthetic(join(toy.folder, 'run/synthetic'))),
    },
  ];
}
