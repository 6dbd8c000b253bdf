import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Check, numbers, tallied, wordsOf } from './check.js';
import { enginesHere } from './engines.js';
import { RUNNING, Toy } from './toy.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Of each signal on each engine. */
const TRIES = 6;
/** Seconds within which an interrupted run must have ended. */
const PATIENCE = 5;

/** Ctrl-C and SIGTERM at random moments. */
export const signals: Check = {
  id: 'signals',
  about: `SIGINT or SIGTERM at a random moment of a run; it must end within ${PATIENCE} s (a busy machine has as long as a whole run takes), say how it goes on, and then give the same bytes as one that nobody disturbed.`,
  run: async (context) => {
    const known = new Map<string, Promise<{ readonly toy: Toy; readonly outcome: string; readonly seconds: number }>>();
    const undisturbed = async (engine: string) => {
      // long enough to be in the middle of something for most of the time
      const toy = new Toy(join(context.folder, engine), `engine=${engine}`, 'distillation.outerSteps=100');
      const { secondsFrom } = await toy.whole('undisturbed', { from: RUNNING });
      return { toy, outcome: toy.outcome('undisturbed'), seconds: secondsFrom };
    };
    const cases = (await enginesHere()).flatMap((engine) =>
      SIGNALS.flatMap((send) => numbers(TRIES).map((index) => ({ subject: `${engine}, ${send}`, engine, send, index }))),
    );
    return tallied(context, cases, async ({ subject, engine, send, index }, own) => {
      const out = join(own, 'run');
      const start = known.get(engine) ?? undisturbed(engine);
      known.set(engine, start);
      const { toy, outcome, seconds } = await start;
      const after = new RandomStream(context.seed, `signals/${subject}/${index}`).uniform() * seconds * 0.8;
      const ended = await toy.run(out, [], { from: RUNNING, after, send });
      const late = ended.secondsFrom - after;
      // a machine that is busy is slow at ending, too
      const patience = Math.max(PATIENCE, seconds);
      const problem = async (): Promise<string | undefined> => {
        if (ended.code === 0) {
          // the signal may have come when the work was done
          if (late > Math.max(1, seconds / 2)) return `it went on for ${late.toFixed(1)} s, to the end`;
        } else {
          if (late > patience) return `it ended ${late.toFixed(1)} s later`;
          if (!ended.stderr.includes('--resume')) return `it does not say how to go on, ${wordsOf(ended)}`;
          const resumed = await toy.run(out, ['--resume']);
          if (resumed.code !== 0) return `--resume: ${wordsOf(resumed)}`;
        }
        return toy.outcome(out) === outcome ? undefined : 'other synthetic data or results';
      };
      const found = await problem();
      return { wrong: found === undefined ? [] : [`case ${index}, after ${after.toFixed(2)} s: ${found}`] };
    });
  },
};
