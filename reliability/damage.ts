import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Attempt, type Check, isCoded, numbers, tallied, wordsOf } from './check.js';
import { RUNNING, Toy } from './toy.js';

/** Something that happens to a file. */
interface Damage {
  readonly name: string;
  /** How often it happens to each file. */
  readonly tries: number;
  /** @param others - the other files of the run directory */
  inflict(file: string, stream: RandomStream, others: readonly string[]): void;
}

const damages: readonly Damage[] = [
  {
    name: 'truncated',
    tries: 3,
    inflict: (file, stream) => {
      writeFileSync(file, readFileSync(file).subarray(0, Math.floor(statSync(file).size * stream.uniform())));
    },
  },
  {
    name: 'bit flipped',
    tries: 4,
    inflict: (file, stream) => {
      const bytes = readFileSync(file);
      const at = stream.integer(Math.max(1, bytes.length));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << stream.integer(8));
      writeFileSync(file, bytes);
    },
  },
  {
    name: 'deleted',
    tries: 1,
    inflict: (file) => {
      rmSync(file);
    },
  },
  {
    name: 'swapped',
    tries: 2,
    inflict: (file, stream, others) => {
      const other = others[stream.integer(others.length)] as string;
      const [mine, theirs] = [readFileSync(file), readFileSync(other)];
      writeFileSync(file, theirs);
      writeFileSync(other, mine);
    },
  },
];

interface Case {
  readonly subject: string;
  readonly state: string;
  readonly damage: Damage;
  readonly file: string;
  readonly others: readonly string[];
  readonly index: number;
}

/** Files of a run directory that are damaged between two commands. */
export const damage: Check = {
  id: 'damage',
  about:
    'Each file of a finished and of an interrupted run is truncated, gets a bit flipped, is deleted, or swapped with another one; `--resume` must end with the usual bytes or a coded error, `inspect` with exit code 0 or a coded error.',
  run: async (context) => {
    const toy = new Toy(join(context.folder, 'toy'));
    const { secondsFrom } = await toy.whole('finished', { from: RUNNING });
    // in the middle of distillation
    await toy.run('interrupted', [], { from: RUNNING, after: secondsFrom * 0.5, send: 'SIGINT' });
    const outcome = toy.outcome('finished');
    return tallied(context, [...casesOf(toy, 'finished'), ...casesOf(toy, 'interrupted')], (each, own) =>
      damaged(context.seed, toy, each, join(own, 'run'), outcome),
    );
  },
};

function casesOf(toy: Toy, state: string): Case[] {
  const directory = join(toy.folder, state);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(directory, file)).isFile())
    .sort();
  return damages.flatMap((damage) =>
    files.flatMap((file) => {
      const others = files.filter((other) => other !== file);
      return numbers(damage.tries).map((index) => ({ subject: `${state}, ${damage.name}`, state, damage, file, others, index }));
    }),
  );
}

async function damaged(seed: number, toy: Toy, each: Case, copy: string, outcome: string): Promise<Attempt> {
  const { subject, state, file, others, index } = each;
  cpSync(join(toy.folder, state), copy, { recursive: true });
  const stream = new RandomStream(seed, `damage/${subject}/${file}/${index}`);
  each.damage.inflict(
    join(copy, file),
    stream,
    others.map((other) => join(copy, other)),
  );
  const wrong: string[] = [];
  const fail = (what: string): number => wrong.push(`${file} (${index}): ${what}`);
  const inspected = await toy.command(['inspect', copy]);
  if (inspected.code !== 0 && !isCoded(inspected.stderr)) fail(`inspect ends with ${wordsOf(inspected)}`);
  const resumed = await toy.run(copy, ['--resume']);
  if (resumed.code === 0) {
    if (toy.outcome(copy) !== outcome) fail('other synthetic data or results, and exit code 0');
  } else if (!isCoded(resumed.stderr)) fail(`--resume ends with ${wordsOf(resumed)}`);
  return { wrong };
}
