import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RandomStream } from '@farzi/core';
import { type Check, numbers, tallied, wordsOf } from './check.js';
import { Toy } from './toy.js';

/** Pairs of processes, of each kind. */
const PAIRS = 10;

/** Two processes that want the same run directory. */
export const processes: Check = {
  id: 'processes',
  about:
    'Two processes start in one run directory, the second a moment later; one must give the same bytes as a process that is alone, the other refuse with FARZI_RUN_LOCKED while the first runs.',
  run: async (context) => {
    const toy = new Toy(join(context.folder, 'toy'));
    const alone = await toy.whole('alone');
    const outcome = toy.outcome('alone');
    const cases = ['--resume', '--overwrite'].flatMap((flag) =>
      numbers(PAIRS).map((index) => ({ subject: `second with ${flag}`, flag, index })),
    );
    return tallied(context, cases, async ({ flag, index }, own) => {
      const out = join(own, 'run');
      const delay = new RandomStream(context.seed, `processes/${flag}/${index}`).uniform() * alone.seconds * 0.8;
      let over = false;
      const first = toy.run(out, ['--resume']).finally(() => (over = true));
      await wait(delay * 1000);
      const [firstWasOver, second] = [over, toy.run(out, [flag])];
      const both = await Promise.all([first, second]);
      const refused = both.filter(({ code }) => code !== 0);
      const wrong: string[] = [];
      const fail = (what: string): number => wrong.push(`case ${index}, after ${delay.toFixed(2)} s: ${what}`);
      if (refused.length === 2) fail(`neither finished: ${refused.map(wordsOf).join(' ')}`);
      else if (toy.outcome(out) !== outcome) fail('other synthetic data or results');
      for (const each of refused) if (!each.stderr.includes('error FARZI_RUN_LOCKED')) fail(wordsOf(each));
      if (firstWasOver && refused.length > 0) fail('the second was refused when the first was over');
      return { wrong };
    });
  },
};
