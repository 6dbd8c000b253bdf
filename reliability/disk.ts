import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Attempt, type Check, isCoded, numbers, tallied, wordsOf } from './check.js';
import { Toy } from './toy.js';

/** Blocks after which the disk is full: a whole run takes about 30. */
const MOMENTS = 40;
/** Blocks for a scratch file. */
const SCRATCH_MOMENTS = 6;
const BLOCK = 4096;

/** Mounts a file system in memory; false where that is not allowed. */
function mount(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0;
}

const remount = (folder: string, options: string): unknown => spawnSync('mount', ['-o', `remount,${options}`, folder]);

/** Disks that are full or may not be written to. */
export const disk: Check = {
  id: 'disk',
  about:
    'The run directory, or the folder for temporary files, is on a file system that is full after some blocks, or may only be read; the run must end with a coded error that names the path, and go on with `--resume` to the usual bytes when there is room.',
  run: async (context) => {
    const plain = new Toy(join(context.folder, 'toy'));
    const spilling = new Toy(join(context.folder, 'spilling'), 'distillation.metaOptimizer.trajectory={ id: stored, memoryBudget: 0.001 }');
    if (!mount(join(plain.folder, 'small'), `size=${BLOCK}`))
      return [{ subject: 'full', tried: 0, wrong: [], skipped: 'file systems may not be mounted here' }];
    spawnSync('umount', [join(plain.folder, 'small')]);
    for (const toy of [plain, spilling]) await toy.whole('undisturbed');
    const cases = [
      ...numbers(MOMENTS).map((blocks) => ({ subject: 'full', toy: plain, blocks: blocks + 1 })),
      ...numbers(SCRATCH_MOMENTS).map((blocks) => ({ subject: 'full for scratch files', toy: spilling, blocks: blocks + 1 })),
      { subject: 'read-only', toy: plain, blocks: 0 },
    ];
    return tallied(context, cases, (each, own) => onSmallDisk(each, own));
  },
};

interface Case {
  readonly subject: string;
  readonly toy: Toy;
  /** 0: the file system may only be read. */
  readonly blocks: number;
}

async function onSmallDisk({ subject, toy, blocks }: Case, own: string): Promise<Attempt> {
  const small = join(own, 'small');
  const scratch = subject === 'full for scratch files';
  const [out, environment] = scratch ? [join(own, 'run'), { TMPDIR: small }] : [join(small, 'run'), {}];
  mount(small, blocks === 0 ? 'size=64m' : `size=${blocks * BLOCK}`);
  if (blocks === 0) remount(small, 'ro');
  try {
    const ended = await toy.run(out, ['--resume'], { environment });
    const wrong: string[] = [];
    if (ended.code !== 0) {
      if (!isCoded(ended.stderr) || !ended.stderr.includes('small')) wrong.push(`it ends with ${wordsOf(ended)}`);
      remount(small, blocks === 0 ? 'rw' : 'size=64m');
      const resumed = await toy.run(out, ['--resume'], { environment });
      if (resumed.code !== 0) wrong.push(`--resume with room ends with ${wordsOf(resumed)}`);
    } else if (blocks === 0) wrong.push('it wrote there');
    if (wrong.length === 0 && toy.outcome(out) !== toy.outcome('undisturbed')) wrong.push('other synthetic data or results');
    return { wrong: wrong.map((each) => `${blocks} blocks: ${each}`) };
  } finally {
    spawnSync('umount', [small]);
  }
}
