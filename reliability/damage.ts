import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Check, type CheckContext, isCoded, share, type Tally } from './check.js';
import { Toy } from './toy.js';

/** What may happen to a file. `others` are the other files of the run directory. */
const damages: Readonly<Record<string, (file: string, stream: RandomStream, others: readonly string[]) => void>> = {
  truncated: (file, stream) => {
    writeFileSync(file, readFileSync(file).subarray(0, Math.floor(statSync(file).size * stream.uniform())));
  },
  'bit flipped': (file, stream) => {
    const bytes = readFileSync(file);
    const at = stream.integer(Math.max(1, bytes.length));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << stream.integer(8));
    writeFileSync(file, bytes);
  },
  deleted: (file) => {
    rmSync(file);
  },
  swapped: (file, stream, others) => {
    const other = others[stream.integer(others.length)] as string;
    const [mine, theirs] = [readFileSync(file), readFileSync(other)];
    writeFileSync(file, theirs);
    writeFileSync(other, mine);
  },
};
/** Of each damage to each file. */
const TRIES = 4;

/** Files of a run directory that are damaged between two commands. */
export const damage: Check = {
  id: 'damage',
  about:
    'Each file of a finished and of an interrupted run is truncated, gets a bit flipped, is deleted, or swapped with another one; `--resume` must end with the usual bytes or a coded error, `inspect` with exit code 0 or a coded error.',
  run: async (context) => {
    const toy = new Toy(join(context.folder, 'toy'));
    const undisturbed = await toy.run('finished');
    const outcome = toy.outcome('finished');
    // interrupted in the middle of distillation
    await toy.run('interrupted', [], { after: undisturbed.seconds * 0.7, send: 'SIGINT' });
    const tallies: Tally[] = [];
    for (const state of ['finished', 'interrupted'])
      for (const name of Object.keys(damages)) tallies.push(await damaged(context, toy, state, name, outcome));
    return tallies;
  },
};

async function damaged(context: CheckContext, toy: Toy, state: string, name: string, outcome: string): Promise<Tally> {
  const directory = join(toy.folder, state);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(directory, file)).isFile())
    .sort();
  const wrong: string[] = [];
  let tried = 0;
  for (const file of files) {
    for (let index = 0; index < share(name === 'deleted' ? 1 : TRIES, context); index++) {
      context.signal.throwIfAborted();
      const stream = new RandomStream(context.seed, `damage/${state}/${name}/${file}/${index}`);
      const copy = join(toy.folder, 'damaged');
      cpSync(directory, copy, { recursive: true });
      damages[name]?.(
        join(copy, file),
        stream,
        files.filter((other) => other !== file).map((other) => join(copy, other)),
      );
      tried += 1;
      const fail = (what: string): number => wrong.push(`${file} (${index}): ${what}`);
      const inspected = await toy.inspect('damaged');
      if (inspected.code !== 0 && !isCoded(inspected.stderr)) fail(`inspect: exit code ${inspected.code}, ${inspected.stderr.slice(-300)}`);
      const resumed = await toy.run('damaged', ['--resume']);
      if (resumed.code !== 0) {
        if (!isCoded(resumed.stderr)) fail(`--resume: exit code ${resumed.code} without a code, ${resumed.stderr.slice(-300)}`);
      } else if (toy.outcome('damaged') !== outcome) fail('other synthetic data or results, and exit code 0');
      rmSync(copy, { recursive: true, force: true });
    }
  }
  context.progress(`${state}, ${name}: ${tried} damages, ${wrong.length} wrong`);
  return { subject: `${state}, ${name}`, tried, wrong };
}
