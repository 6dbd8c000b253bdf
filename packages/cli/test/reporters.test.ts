import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const config = writeUsers(folder);
const short = ['--set', 'distillation.outerSteps=0', '--set', 'evaluation.seeds=1'];
const reporters = (name: string, reporter: string) =>
  folder.write(
    `${name}.mjs`,
    `export default { name: '${name}', core: '*', reporters: [{ id: '${name}', create: () => (${reporter}) }] };\n`,
  );
reporters('throws', "{ onProgress() { throw new Error('no room'); } }");
reporters('rejects', "{ async onPhase() { throw new Error('no network'); } }");
reporters('late', "{ async onFinish() { throw new Error('too late'); } }");

const table = /^sasrec\n\+-[^]*\| full +\| +100\.0 % \| +24 \|[^]*\| distilled +\| +[\d.]+ % \| +4 \|[^]*\nRun directory: +/;

/** A run that ends well, whoever watches it; what is on stderr. */
async function told(name: string, ...argv: readonly string[]): Promise<string> {
  const run = join(folder.path, name);
  const { exitCode, stdout, stderr } = await outcome('run', config, '--out', run, ...short, ...argv);
  expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
  expect(stdout).toMatch(table);
  expect(JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'))).toHaveProperty('results');
  return stderr;
}

describe('a run does not lose its results', () => {
  it.each([
    ['throws', 'onProgress', 'no room'],
    ['rejects', 'onPhase', 'no network'],
    ['late', 'onFinish', 'too late'],
  ])('to a reporter of a plugin: %s', async (name, method, reason) => {
    const text = await told(name, '--set', `plugins=[./${name}.mjs]`);
    expect(text.match(/From now on .* is left out/g)).toHaveLength(1);
    expect(text).toContain(`From now on the reporter "${name}" is left out: its ${method} failed: ${reason}.\n`);
    expect(readFileSync(join(folder.path, name, 'report.html'), 'utf8')).toContain('<table>');
  });

  it('to a report that cannot be written', async () => {
    await told('blocked', '--quiet');
    const report = join(folder.path, 'blocked', 'report.html');
    rmSync(report);
    mkdirSync(report);
    expect(await told('blocked', '--resume')).toMatch(/From now on the HTML report is left out: its onFinish failed: EISDIR/);
  });
});

it('experiments are resolved once, and those that students are trained by once more', async () => {
  folder.write(
    'counting.mjs',
    `const counts = (globalThis.farziCounts = { read: 0, made: 0 });
const schema = { type: 'object', additionalProperties: false, properties: {} };
export default {
  name: 'counting',
  get core() { counts.read += 1; return '*'; },
  schedules: [{ id: 'counted', schema, create() { counts.made += 1; return (rate) => () => rate; } }],
};
`,
  );
  const counting = ['--set', 'plugins=[./counting.mjs]', '--set', 'training.schedule=counted'];
  const out = join(folder.path, 'counted');
  expect((await outcome('run', config, '--out', out, '--quiet', ...short, ...counting)).exitCode).toBe(0);
  const { results } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
  expect(globalThis).toMatchObject({ farziCounts: { made: 1 + results.length } });
});
