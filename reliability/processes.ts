import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Check, isCoded, share } from './check.js';
import { Toy } from './toy.js';

/** Pairs of processes. */
const PAIRS = 20;

/** Two processes that want the same run directory. */
export const processes: Check = {
  id: 'processes',
  about:
    'Two processes start in one run directory, the second a moment later, with `--resume` or without; one must refuse with a coded error, the other give the same bytes as one that was alone.',
  run: async (context) => {
    const toy = new Toy(join(context.folder, 'toy'));
    const alone = await toy.run('alone');
    const outcome = toy.outcome('alone');
    const wrong: string[] = [];
    const tried = share(PAIRS, context);
    for (let pair = 0; pair < tried; pair++) {
      context.signal.throwIfAborted();
      const stream = new RandomStream(context.seed, `processes/${pair}`);
      const delay = stream.uniform() * alone.seconds * 0.8;
      const second = (['--resume', '--overwrite'] as const)[stream.integer(2)] as string;
      const fail = (what: string): number => wrong.push(`${second} after ${delay.toFixed(2)} s: ${what}`);
      const both = await Promise.all([
        toy.run('shared', ['--resume']),
        new Promise((resolve) => setTimeout(resolve, delay * 1000)).then(() => toy.run('shared', [second])),
      ]);
      const finished = both.filter(({ code }) => code === 0);
      const refused = both.find(({ code }) => code !== 0);
      // the first may have finished before the second began
      if (finished.length === 0) fail('neither finished');
      else if (toy.outcome('shared') !== outcome) fail('other synthetic data or results');
      else if (refused !== undefined && !isCoded(refused.stderr))
        fail(`exit code ${refused.code} without a code: ${refused.stderr.slice(-300)}`);
      else if (refused === undefined && delay < alone.seconds * 0.5) fail('both finished');
      rmSync(join(toy.folder, 'shared'), { recursive: true, force: true });
    }
    context.progress(`two processes: ${tried} pairs, ${wrong.length} wrong`);
    return [{ subject: 'one run directory', tried, wrong }];
  },
};
