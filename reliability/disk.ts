import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, type CheckContext, isCoded, share, type Tally } from './check.js';
import { Toy } from './toy.js';

/** Moments at which a disk is full. */
const MOMENTS = 40;
const BLOCK = 4096;

/** Mounts a file system in memory, of so many bytes; false where that is not allowed. */
function mounted(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0;
}

const unmount = (folder: string): unknown => spawnSync('umount', [folder]);

/** Disks that are full or may not be written to. */
export const disk: Check = {
  id: 'disk',
  about:
    'The run directory is on a file system that is full after some blocks, or may only be read; the run must end with a coded error that names the path, and go on with `--resume` to the usual bytes when there is room.',
  run: async (context) => {
    const toy = new Toy(join(context.folder, 'toy'));
    const small = join(toy.folder, 'small');
    if (!mounted(small, `size=${BLOCK}`))
      return [{ subject: 'full', tried: 0, wrong: [], skipped: 'file systems may not be mounted here' }];
    unmount(small);
    await toy.run('undisturbed');
    return [await full(context, toy, small), await readOnly(toy, small)];
  },
};

async function full(context: CheckContext, toy: Toy, small: string): Promise<Tally> {
  const outcome = toy.outcome('undisturbed');
  const wrong: string[] = [];
  const moments = share(MOMENTS, context);
  let tried = 0;
  for (let moment = 0; moment < moments; moment++) {
    context.signal.throwIfAborted();
    const blocks = 1 + Math.floor((moment * MOMENTS) / moments);
    const fail = (what: string): number => wrong.push(`${blocks * BLOCK} bytes: ${what}`);
    mounted(small, `size=${blocks * BLOCK}`);
    try {
      tried += 1;
      const ended = await toy.run('small/run', ['--resume']);
      if (ended.code !== 0) {
        if (!isCoded(ended.stderr)) fail(`exit code ${ended.code} without a code: ${ended.stderr.slice(-300)}`);
        else if (!ended.stderr.includes('small')) fail(`the error does not name the path: ${ended.stderr.slice(-300)}`);
        spawnSync('mount', ['-o', 'remount,size=64m', small]);
        const resumed = await toy.run('small/run', ['--resume']);
        if (resumed.code !== 0) fail(`--resume with room: exit code ${resumed.code}, ${resumed.stderr.slice(-300)}`);
      }
      cpSync(join(small, 'run'), join(toy.folder, `copy-${moment}`), { recursive: true });
    } catch (error) {
      fail(String(error));
    } finally {
      unmount(small);
    }
    try {
      if (toy.outcome(`copy-${moment}`) !== outcome) fail('other synthetic data or results');
    } catch (error) {
      fail(String(error));
    }
  }
  context.progress(`full disks: ${tried}, ${wrong.length} wrong`);
  return { subject: 'full', tried, wrong };
}

async function readOnly(toy: Toy, small: string): Promise<Tally> {
  mounted(small, 'size=64m');
  try {
    spawnSync('mount', ['-o', 'remount,ro', small]);
    const ended = await toy.run('small/run');
    const right = ended.code !== 0 && isCoded(ended.stderr) && ended.stderr.includes('small');
    return { subject: 'read-only', tried: 1, wrong: right ? [] : [`exit code ${ended.code}: ${ended.stderr.slice(-300)}`] };
  } finally {
    unmount(small);
  }
}
