import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Check, type CheckContext, share, type Tally } from './check.js';
import { Toy } from './toy.js';

const ENGINES = ['onnx', 'tfjs-wasm', 'tfjs-cpu'];
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Of each signal on each engine. */
const TRIES = 6;
/** Seconds within which an interrupted run must have ended. */
const PATIENCE = 5;

/** Ctrl-C and SIGTERM at random moments. */
export const signals: Check = {
  id: 'signals',
  about: `SIGINT or SIGTERM at a random moment; the run must end within ${PATIENCE} s, say how it goes on, and then give the same bytes as one that nobody disturbed.`,
  run: async (context) => {
    const tallies: Tally[] = [];
    for (const engine of ENGINES) for (const signal of SIGNALS) tallies.push(await signalled(context, engine, signal));
    return tallies;
  },
};

async function signalled(context: CheckContext, engine: string, send: 'SIGINT' | 'SIGTERM'): Promise<Tally> {
  const subject = `${engine}, ${send}`;
  // long enough to be in the middle of something for most of the time
  const toy = new Toy(join(context.folder, subject.replace(', ', '-')), `engine=${engine}`, 'distillation.outerSteps=60');
  const undisturbed = await toy.run('undisturbed');
  const outcome = toy.outcome('undisturbed');
  const wrong: string[] = [];
  const tried = share(TRIES, context);
  for (let index = 0; index < tried; index++) {
    context.signal.throwIfAborted();
    const after = 0.7 + new RandomStream(context.seed, `signals/${subject}/${index}`).uniform() * Math.max(0, undisturbed.seconds - 1);
    const fail = (what: string): number => wrong.push(`after ${after.toFixed(2)} s: ${what}`);
    const ended = await toy.run('signalled', [], { after, send });
    const late = ended.seconds - after;
    if (ended.code === 0) {
      if (toy.outcome('signalled') !== outcome) fail('other synthetic data or results without an interruption');
    } else if (late > PATIENCE) fail(`it ended ${late.toFixed(1)} s later`);
    else if (!ended.stderr.includes('--resume'))
      fail(`exit code ${ended.code}, and it does not say how to go on: ${ended.stderr.slice(-300)}`);
    else {
      const resumed = await toy.run('signalled', ['--resume']);
      if (resumed.code !== 0) fail(`--resume: exit code ${resumed.code}, ${resumed.stderr.slice(-300)}`);
      else if (toy.outcome('signalled') !== outcome) fail('other synthetic data or results');
    }
    rmSync(join(toy.folder, 'signalled'), { recursive: true, force: true });
  }
  context.progress(`${subject}: ${tried} signals, ${wrong.length} wrong`);
  return { subject, tried, wrong };
}
