import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { farzi, outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);

const summaryOf = (run: string): Summary => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary;
const measured = (run: string) => summaryOf(run).results.map(({ data, seed, metrics }) => ({ data, seed, metrics }));

describe('farzi run', () => {
  const whole = join(folder.path, 'whole');

  it('shows results on stdout and progress on stderr, and writes a report', async () => {
    const { exitCode, stdout, stderr } = await outcome('run', config, '--out', whole);
    expect(stderr).toMatch(
      /The run in .* starts with [^]*training the teacher [^]*distilling \(0\/6\)[^]*training students [^]*The run is done after /,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^sasrec\n\+-[^]*\| full +\| +100\.0 % \| +24 \|[^]*\| distilled +\| +[\d.]+ % \| +4 \|[^]*\| popularity +\| +[\d.]+ % \| +24 \|/,
    );
    expect(stdout).toMatch(/\nProtocol:\n {2}- [^]*\nDataset: +interactions: 24 users, 12 items, 168 events\n/);
    expect(stdout).toContain(`\nRun directory:  ${whole}\n`);
    const report = readFileSync(join(whole, 'report.html'), 'utf8');
    // the outer loss and its validation, and students on full and on distilled data
    expect(report.match(/class="line\d"/g)).toHaveLength(4);
    expect(report).toMatch(/<th scope="row">distilled<\/th><td>[\d.]+ %<\/td><td>4<\/td>/);
    expect(report).toContain('Sequence 2');
    expect(report).toContain(`Node.js ${process.version}`);
  });

  it('gives the same again from the configuration of the run, wherever that is', async () => {
    const again = join(folder.path, 'again', 'run');
    expect((await outcome('run', join(whole, 'config.yaml'), '--out', again, '--quiet')).exitCode).toBe(0);
    expect(measured(again)).toEqual(measured(whole));
  });

  it('shows with --print-config where each value comes from, and runs nothing', async () => {
    const out = join(folder.path, 'nothing');
    const { exitCode, stdout } = await outcome('run', config, '--out', out, '--print-config', '--set', 'seed=9');
    expect([exitCode, existsSync(out)]).toEqual([0, false]);
    expect(stdout).toContain('seed: 9 # --set seed=9\n');
    expect(stdout).toContain(`  sequences: 4 # ${config}:6:25\n`);
    expect(stdout).toContain('  temperature: 1 # default\n');
    expect(stdout).toMatch(/^ {4}- ndcg@10 # .*tiny\.yaml:\d+:\d+$/m);
  });

  it('is silent on stderr with --quiet', async () => {
    const { exitCode, stderr } = await outcome('run', config, '--out', join(folder.path, 'quiet'), '--quiet');
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('an interrupted run goes on and ends as if it had not been interrupted', async () => {
    const run = join(folder.path, 'interrupted');
    const { exitCode, signals, stderr, stdout } = farzi('run', config, '--out', run);
    while (!stderr.text.includes('distilling')) await new Promise((wait) => setTimeout(wait, 1));
    signals.emit('SIGINT');
    expect(await exitCode).toBe(130);
    expect(stdout.text).toBe('');
    expect(stderr.text).toMatch(/The run is interrupted and saves a checkpoint\. Interrupt again to stop at once\.\n/);
    expect(stderr.text).toMatch(
      new RegExp(
        `\\nThe run was interrupted\\. To go on where it stopped, run this command:\\n {2}farzi run ${config} --out ${run} --resume\\n$`,
      ),
    );
    const resumed = await outcome('run', config, '--out', run, '--resume');
    expect(resumed.stderr).toMatch(/The run in .* goes on with /);
    expect(resumed.exitCode).toBe(0);
    expect(measured(run)).toEqual(measured(whole));
  });

  it('a run does not go on with another configuration', async () => {
    const { exitCode, stderr } = await outcome('run', config, '--out', whole, '--resume', '--set', 'seed=2');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `error FARZI_RESUME_MISMATCH: The file ${join(whole, 'config.yaml')} belongs to another run: seed was 1, and is 2.\nhint: Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.\n`,
    );
  });

  it('data that are not there end a run with 1', async () => {
    const { exitCode, stderr } = await outcome('run', config, '--out', join(folder.path, 'none'), '--set', 'dataset.path=gone.txt');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error FARZI_DATA_NOT_FOUND:\n {2}Cannot find gone\.txt\./m);
  });
});
