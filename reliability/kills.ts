import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';
import { type Check, type CheckContext, isCoded, share, type Tally } from './check.js';
import { Toy } from './toy.js';

const ENGINES = ['onnx', 'tfjs-wasm', 'tfjs-cpu'];
const TRAJECTORIES: Readonly<Record<string, string>> = {
  stored: '{ id: stored }',
  // less than one state: all others go to disk
  spilled: '{ id: stored, memoryBudget: 0.001 }',
  checkpointed: '{ id: checkpointed }',
};
const STARTS: Readonly<Record<string, string>> = { pool: 'pool', fresh: 'fresh' };
/** Kills of each of the 18 combinations. */
const KILLS = 30;
/** Of one run, at most, before it is left to finish. */
const KILLS_A_RUN = 6;

/** SIGKILL at random moments, and `--resume`, until a run has finished. */
export const kills: Check = {
  id: 'kills',
  about:
    'SIGKILL at a random moment, then `--resume`, several times in a run; the finished run must have the same bytes of synthetic data, results and log as one that nobody disturbed.',
  run: async (context) => {
    const tallies: Tally[] = [];
    for (const engine of ENGINES)
      for (const trajectory of Object.keys(TRAJECTORIES))
        for (const start of Object.keys(STARTS)) tallies.push(await killed(context, engine, trajectory, start));
    return tallies;
  },
};

async function killed(context: CheckContext, engine: string, trajectory: string, start: string): Promise<Tally> {
  const subject = `${engine}, ${trajectory}, ${start}`;
  const toy = new Toy(
    join(context.folder, subject.replaceAll(', ', '-')),
    `engine=${engine}`,
    `distillation.metaOptimizer.trajectory=${TRAJECTORIES[trajectory]}`,
    `distillation.learner.start=${start}`,
    ...(start === 'fresh' ? ['distillation.metaOptimizer.unroll=full'] : []),
  );
  const undisturbed = await toy.run('undisturbed');
  if (undisturbed.code !== 0) return { subject, tried: 1, wrong: [`undisturbed: ${undisturbed.stderr}`] };
  const [outcome, log] = [toy.outcome('undisturbed'), toy.loggedSteps('undisturbed').join('\n')];
  const wrong: string[] = [];
  const wanted = share(KILLS, context);
  let tried = 0;
  for (let run = 0; tried < wanted; run++) {
    const stream = new RandomStream(context.seed, `kills/${subject}/${run}`);
    const moments: string[] = [];
    const fail = (what: string): number => wrong.push(`run ${run}, killed after ${moments.join(', ')} s: ${what}`);
    const most = Math.min(KILLS_A_RUN, wanted - tried);
    for (;;) {
      context.signal.throwIfAborted();
      const after = 0.2 + stream.uniform() * undisturbed.seconds;
      const last = moments.length >= most;
      const ended = await toy.run('killed', ['--resume'], last ? {} : { after });
      if (ended.signal === 'SIGKILL' && !last) {
        moments.push(after.toFixed(2));
        continue;
      }
      if (ended.code !== 0) fail(`exit code ${ended.code}, ${isCoded(ended.stderr) ? '' : 'without a code, '}${ended.stderr.slice(-400)}`);
      else if (toy.outcome('killed') !== outcome) fail('other synthetic data or results');
      else if (toy.loggedSteps('killed').join('\n') !== log) fail('another log');
      break;
    }
    tried += Math.max(1, moments.length);
    rmSync(join(toy.folder, 'killed'), { recursive: true, force: true });
  }
  context.progress(`${subject}: ${tried} kills, ${wrong.length} wrong`);
  return { subject, tried, wrong };
}
