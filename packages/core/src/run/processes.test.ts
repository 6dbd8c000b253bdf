import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startScript } from '../../test/process.js';
import { filesIn, temporaryFolder, toyConfig } from '../../test/toy-experiment.js';
import { errorOf } from '../../test/allclose.js';
import { parseConfig } from '../config/file.js';
import { RandomStream } from '../random/stream.js';
import { RunDirectory } from './directory.js';

const path = temporaryFolder();

describe('a run directory that another process holds', () => {
  it('is refused while it lives, and free as soon as it is gone, killed too', async () => {
    const holder = startScript('packages/core/test/scripts/hold-run.ts', path('run'));
    await holder.said('held');
    expect(await errorOf(() => RunDirectory.open(path('run'), toyConfig(), 'overwrite'))).toMatchObject({
      code: 'FARZI_RUN_LOCKED',
      message: `The run directory ${path('run')} is in use by process ${holder.process.pid ?? 0} on ${hostname()}.`,
    });
    holder.process.kill('SIGKILL');
    await holder.exitCode;
    expect(await readdir(path('run'))).toContain('run.lock');
    await (await RunDirectory.open(path('run'), toyConfig(), 'overwrite')).close();
    expect(await readdir(path('run'))).not.toContain('run.lock');
  });

  it("is one process's of all that want it at once", async () => {
    const holders = Array.from({ length: 4 }, () => startScript('packages/core/test/scripts/hold-run.ts', path('run')));
    const refused = holders.map(async (holder) => ((await holder.exitCode) === 1 ? holder.output.stderr : undefined));
    // all but one end by themselves
    const ended = new Set<number>();
    refused.forEach((each, index) => void each.then(() => ended.add(index)));
    while (ended.size < holders.length - 1) await wait(10);
    const left = holders.filter((_holder, index) => !ended.has(index));
    expect(left).toHaveLength(1);
    await left[0]?.said('held');
    left[0]?.process.kill('SIGKILL');
    const messages = (await Promise.all(refused)).filter((text) => text !== undefined);
    expect(messages).toHaveLength(holders.length - 1);
    for (const text of messages) expect(text).toContain(`is in use by process ${left[0]?.process.pid ?? 0} on ${hostname()}.`);
  });
});

describe('overwriting that is killed', () => {
  it('leaves the old run or the new one, and never some of both', async () => {
    const stream = new RandomStream(1, 'kills');
    let next = 1;
    for (let kill = 0; kill < 4; kill++) {
      const script = startScript('packages/core/test/scripts/overwrite-again.ts', path('run'), String(next));
      await script.said(`run ${next + 1}\n`);
      await wait(60 * stream.uniform());
      script.process.kill('SIGKILL');
      await script.exitCode;
      const config = await ownConfig();
      await (await RunDirectory.open(path('run'), config, 'resume')).close();
      const seed = String(config.seed);
      const files = await filesIn(path('run'));
      expect(files).toEqual(expect.arrayContaining(['config.yaml', 'environment.json']));
      for (const name of files) {
        const text = await readFile(path('run', name), 'utf8');
        if (name === 'config.yaml') expect(parse(text)).toMatchObject({ seed: config.seed });
        else if (name === 'environment.json') expect(JSON.parse(text)).toMatchObject({ fingerprint: { seed } });
        else if (!name.endsWith('.part')) expect([name, text]).toEqual([name, seed]);
      }
      next = config.seed + 1;
    }
  });

  /** The configuration of the run that is there, or of the one that was set aside. */
  async function ownConfig() {
    const names = await filesIn(path('run'));
    const name = ['config.yaml', '.farzi-replaced/config.yaml'].find((each) => names.includes(each)) ?? '';
    return parseConfig(await readFile(path('run', name), 'utf8'), name).config;
  }
});
