import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSynthetic } from '@farzi/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTale, writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const [tale, users] = [join(folder.path, 'tale'), join(folder.path, 'users')];
beforeAll(async () => {
  for (const [config, out] of [
    [writeTale(folder), tale],
    [writeUsers(folder), users],
  ] as const)
    expect(await outcome('run', config, '--out', out, '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
});

/** A part of what `--json` writes. */
interface Sequence {
  readonly inputs: { readonly tokens: readonly number[]; readonly text: string };
  readonly argmax: { readonly tokens: readonly number[] };
  readonly effectiveTokens: number;
  readonly entropy: number;
  readonly positions: unknown;
}

/** What is printed by a call that succeeds. */
async function shown(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome('inspect', ...argv);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

describe('farzi inspect of a text', () => {
  it('shows real inputs beside learned targets, and how sure these are', async () => {
    const text = await shown(tale);
    expect(text).toMatch(
      new RegExp(
        `^${tale}: distilled from text with transformer-lm, \\d outer steps; 4 sequences of 16, rank 8, 22 tokens\nHard inputs: real tokens are read, `,
      ),
    );
    expect(text.match(/^Sequence \d$/gm)).toEqual(['Sequence 1', 'Sequence 2', 'Sequence 3']);
    const [input] = /(?<= {2}Real input\n)( {4}.*\n|\n)+/.exec(text) ?? [];
    expect(input?.replace(/^ {4}/gm, '')).toMatch(/^[a-z .\n]+$/);
    expect(text).toMatch(/\n {2}Targets, the likeliest at each position\n[^]*\n {2}Targets, drawn \(seed 1\)\n/);
    expect(text).toMatch(
      /\n {2}The 5 likeliest at 8 of 16 positions; before them, their mass together\n( {4}\d {2}after "[^]{1,2}" +\d+\.\d+ % +("[^]{1,2}" +\d\.?\d+\.?\d* % *){5}\n){8} {2}Over all 16 positions: /,
    );
    expect(text).toMatch(/ % of the mass on the likeliest token; entropy \d\.\d\d nats, that of \d+\.\d equally likely tokens\n/);
  });

  it('shows as much as it is asked for, and no more than there is', async () => {
    const text = await shown(tale, '--sequences', '9', '--positions', '2', '--top', '99');
    expect(text.match(/^Sequence /gm)).toHaveLength(4);
    expect(text).toContain('  The 22 likeliest at 2 of 16 positions; ');
    expect(text.match(/^ {4}[12] {2}after .* 100\.0 % /gm)).toHaveLength(8);
  });

  it('draws by the seed, each sequence on its own', async () => {
    const drawn = (text: string) => text.split(/(?=^Sequence )/m)[1];
    const text = await shown(tale);
    expect(await shown(tale)).toBe(text);
    expect(drawn(await shown(tale, '--sequences', '1'))?.trim()).toBe(drawn(text)?.trim());
    expect(drawn(await shown(tale, '--seed', '2'))).not.toBe(drawn(text));
  });

  it('writes JSON for other programs', async () => {
    const { data, vocabulary } = await loadSynthetic(join(tale, 'synthetic.farzi'));
    const text = await shown(tale, '--json', '--sequences', '2', '--positions', '1', '--top', '2');
    const found = JSON.parse(text) as { readonly sequences: readonly [Sequence, Sequence] };
    expect(found).toMatchObject({ run: tale, inputs: 'hard', sequences: [{ sequence: 1 }, { sequence: 2 }] });
    const [{ inputs, argmax, effectiveTokens, entropy, positions }] = found.sequences;
    expect(inputs.tokens).toEqual([...(data.ids ?? []).slice(0, 16)]);
    expect(inputs.text).toBe(inputs.tokens.map((token) => vocabulary[token]).join(''));
    expect(effectiveTokens).toBeCloseTo(Math.exp(entropy), 10);
    expect(positions).toEqual([
      {
        position: 1,
        mass: expect.any(Number),
        likeliest: [
          { token: argmax.tokens[0], name: JSON.stringify(vocabulary[argmax.tokens[0] ?? 0]), probability: expect.any(Number) },
          expect.anything(),
        ],
      },
    ]);
  });
});

describe('farzi inspect of users', () => {
  it('shows items by their names, one after the other', async () => {
    const text = await shown(users, '--sequences', '2', '--positions', '1', '--top', '3');
    expect(text).toMatch(/; 4 sequences of 6, rank 3, 12 tokens\nSoft inputs: /);
    expect(text).toMatch(/\n {2}Tokens, the likeliest at each position\n {4}i\d+( > i\d+){4}\n/);
    expect(text).toMatch(/\n {4}1 +\d+\.\d+ % {3}i\d+ +\d+\.\d+ % {3}i\d+ +\d+\.\d+ % {3}i\d+ +\d+\.\d+ %\n/);
    expect(text).not.toContain('Real input');
  });
});

describe('farzi inspect of users whose inputs are real', () => {
  const real = join(folder.path, 'real');
  beforeAll(async () => {
    const config = join(folder.path, 'tiny.yaml');
    expect(await outcome('run', config, '--out', real, '--quiet', '--set', 'synthetic.inputs=hard')).toMatchObject({ exitCode: 0 });
  });
  interface Shown {
    readonly seenLeftOut: boolean;
    readonly sequences: readonly (Sequence & { readonly seenMass?: number; readonly sampled: { readonly tokens: readonly number[] } })[];
  }
  const json = async (...argv: readonly string[]): Promise<Shown> => JSON.parse(await shown(real, '--json', ...argv)) as Shown;

  it('leaves items that were read out of the targets, and says so', async () => {
    const text = await shown(real);
    expect(text).toMatch(
      /\nHard inputs: .*\nTargets leave out what the input already holds, as evaluation does: .* --with-seen shows it\.\n/,
    );
    expect(text).toMatch(/ equally likely tokens; \d+\.\d+ % of the mass was on items left out\n/);
    const { seenLeftOut, sequences } = await json();
    expect(seenLeftOut).toBe(true);
    for (const { inputs, argmax, sampled, seenMass } of sequences) {
      expect(seenMass).toBeGreaterThan(0);
      for (const tokens of [argmax.tokens, sampled.tokens])
        for (const [position, token] of tokens.entries()) expect(inputs.tokens.slice(0, position + 1)).not.toContain(token);
    }
  });

  it('shows them if told so', async () => {
    expect(await shown(real, '--with-seen')).not.toContain('left out');
    const { seenLeftOut, sequences } = await json('--with-seen');
    expect([seenLeftOut, sequences[0]?.seenMass]).toEqual([false, undefined]);
  });
});

describe('farzi inspect of a run that was altered', () => {
  it.each([
    ['synthetic.farzi', undefined, /FARZI_RUN_INCOMPLETE: .* is not a finished run: synthetic\.farzi cannot be read\.\n/],
    ['synthetic.farzi', 'x', /FARZI_SAFETENSORS: /],
    ['environment.json', '{}', /FARZI_RUN_INCOMPLETE: .* does not say where the run's configuration was: it has no configDirectory\.\n/],
  ])('says what is wrong with %s', async (name, content, message) => {
    const run = join(folder.path, 'altered');
    cpSync(tale, run, { recursive: true });
    if (content === undefined) rmSync(join(run, name));
    else writeFileSync(join(run, name), content);
    expect(await outcome('inspect', run)).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    rmSync(run, { recursive: true });
  });
});
