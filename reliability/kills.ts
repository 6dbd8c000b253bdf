import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Attempt, type Check, type CheckContext, numbers, tallied, wordsOf } from './check.js';
import { enginesHere } from './engines.js';
import { RUNNING, Toy } from './toy.js';

const TRAJECTORIES = {
  stored: '{ id: stored }',
  // less than one state: all others go to disk
  spilled: '{ id: stored, memoryBudget: 0.001 }',
  checkpointed: '{ id: checkpointed }',
};
const STARTS = ['pool', 'fresh'];
/** Cases of each combination, and kills of each case. */
const CASES = 6;
const KILLS = 5;

interface Case {
  readonly subject: string;
  readonly settings: readonly string[];
  readonly index: number;
}

/** What a run gives that nobody disturbs. */
interface Undisturbed {
  readonly toy: Toy;
  readonly outcome: string;
  readonly log: string;
  /** Of the run itself, without the start of the program. */
  readonly seconds: number;
}

/** SIGKILL at random moments, and `--resume`, until a run has finished. */
export const kills: Check = {
  id: 'kills',
  about:
    'SIGKILL at a random moment, then `--resume`, several times in a run; the finished run must have the same bytes of synthetic data, results and log as one that nobody disturbed.',
  run: async (context) => {
    const known = new Map<string, Promise<Undisturbed>>();
    return tallied(context, casesOf(await enginesHere()), async (each, own) => {
      const undisturbed = known.get(each.subject) ?? undisturbedRun(context, each);
      known.set(each.subject, undisturbed);
      return killed(context, each, await undisturbed, join(own, 'run'));
    });
  },
};

const casesOf = (engines: readonly string[]): Case[] => [...engineCases(engines), ...(engines.includes('onnx') ? processCases : [])];

/** Students in two processes, which are gone with the one that has started them. */
const processCases: readonly Case[] = numbers(CASES).map((index) => ({
  subject: 'onnx, students in processes',
  settings: ['engine=onnx', 'executor={ id: processes, workers: 2 }'],
  index,
}));

const engineCases = (engines: readonly string[]): Case[] =>
  engines.flatMap((engine) =>
    Object.entries(TRAJECTORIES).flatMap(([name, trajectory]) =>
      STARTS.flatMap((start) =>
        numbers(CASES).map((index) => ({
          subject: `${engine}, ${name}, ${start}`,
          settings: [
            `engine=${engine}`,
            `distillation.metaOptimizer.trajectory=${trajectory}`,
            `distillation.learner.start=${start}`,
            ...(start === 'fresh' ? ['distillation.metaOptimizer.unroll=full'] : []),
          ],
          index,
        })),
      ),
    ),
  );

async function undisturbedRun(context: CheckContext, { subject, settings }: Case): Promise<Undisturbed> {
  const toy = new Toy(join(context.folder, subject.replaceAll(', ', '-')), ...settings);
  const { secondsFrom } = await toy.whole('undisturbed', { from: RUNNING });
  return { toy, outcome: toy.outcome('undisturbed'), log: toy.log('undisturbed'), seconds: secondsFrom };
}

async function killed(
  context: CheckContext,
  { subject, index }: Case,
  { toy, outcome, log, seconds }: Undisturbed,
  out: string,
): Promise<Attempt> {
  const stream = new RandomStream(context.seed, `kills/${subject}/${index}`);
  const wrong: string[] = [];
  let moments: string[] = [];
  for (let tried = 0; tried < KILLS || moments.length > 0;) {
    context.signal.throwIfAborted();
    // now and then while the program starts
    const from = stream.uniform() < 0.15 ? {} : { from: RUNNING };
    const after = stream.uniform() * seconds * 0.7;
    const ended = await toy.run(out, ['--resume'], tried === KILLS ? {} : { ...from, after });
    if (ended.signal === 'SIGKILL') {
      tried += 1;
      moments.push(`${after.toFixed(2)} s after ${'from' in from ? 'the run' : 'the program'} began`);
      if (tried <= KILLS) continue;
    }
    const fail = (what: string): number => wrong.push(`case ${index}, killed ${moments.join(', ')}: ${what}`);
    if (ended.code !== 0) fail(wordsOf(ended));
    else if (toy.outcome(out) !== outcome) fail('other synthetic data or results');
    else if (toy.log(out) !== log) fail('another log');
    await rm(out, { recursive: true });
    moments = [];
  }
  return { tried: KILLS, wrong };
}
