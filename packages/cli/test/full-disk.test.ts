import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from '@farzi/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);

/** A file system of its own that holds one megabyte; `undefined` where this process may not mount one. */
function smallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'farzi-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
}

const disk = process.platform === 'linux' ? smallDisk() : undefined;
afterAll(() => {
  if (disk === undefined) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const results = (run: string): unknown =>
  (JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary).results.map(({ data, seed, metrics }) => ({
    data,
    seed,
    metrics,
  }));

// needs the right to mount a file system
describe.skipIf(disk === undefined)('a disk that is full', () => {
  const at = (name: string): string => join(disk ?? '', name);
  const whole = join(folder.path, 'whole');
  beforeAll(async () => {
    expect((await outcome('run', config, '--out', whole, '--quiet')).exitCode).toBe(0);
  });

  /** Leaves some pages of 4 kB free. */
  function fill(pages: number): void {
    const { bavail, bsize } = statfsSync(at('.'));
    writeFileSync(at('filler'), new Uint8Array((bavail - pages) * bsize));
  }

  // a whole run takes some more than 20 pages
  it.each([0, 2, 8, 20])('after %i pages is told of, and the run goes on when there is room', async (pages) => {
    const run = at(`run ${pages}`);
    fill(pages);
    const { exitCode, stderr } = await outcome('run', config, '--out', run, '--quiet');
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error FARZI_FILE_SYSTEM: Cannot (make|write) \S.*: no space left on device \(ENOSPC\)\.\nhint: Make room on that disk.*\.\n$/,
      ),
    ]);
    expect(stderr).toContain(run);
    if (pages > 0) expect((readdirSync(run, { recursive: true }) as string[]).filter((name) => name.endsWith('.part'))).toEqual([]);
    rmSync(at('filler'));
    const resumed = await outcome('run', config, '--out', run, '--quiet', '--resume');
    expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(results(run)).toEqual(results(whole));
    rmSync(run, { recursive: true });
  });
});
