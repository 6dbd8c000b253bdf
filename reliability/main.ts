/**
 * Kills, damages, fills and floods the built command, and counts what it makes of that:
 *
 *   pnpm test:reliability
 *   pnpm test:reliability --only kills,damage --scale 0.1 --seed 7
 *   pnpm test:reliability --write docs/reliability.md
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { count, number, someOf } from '../bench/options.js';
import { formatted } from '../test/formatted.js';
import { checks } from './checks.js';
import { type Finding, page } from './report.js';

interface Options {
  readonly only: readonly string[];
  readonly seed: number;
  readonly scale: number;
  readonly jobs: number;
  readonly write?: string;
}

const options = new Command('test:reliability')
  .description('Counts what the program makes of kills, damage, full disks and hostile input.')
  .addOption(
    someOf(
      '--only <kinds>',
      'kinds of trouble',
      checks.map(({ id }) => id),
    ),
  )
  .addOption(count('--seed <number>', 'settles every draw', 1))
  .addOption(count('--jobs <number>', 'cases that are tried at the same time', 2))
  .addOption(number('--scale <share>', 'share of the full counts', 1))
  .addOption(new Option('--write <file>', 'writes the page there'))
  .parse()
  .opts<Options>();

const abort = new AbortController();
process.once('SIGINT', () => {
  process.exitCode = 130;
  abort.abort();
});
const folder = await mkdtemp(join(tmpdir(), 'farzi-reliability-'));
const findings: Finding[] = [];
try {
  for (const check of checks.filter(({ id }) => options.only.includes(id))) {
    const started = performance.now();
    const own = join(folder, check.id);
    await mkdir(own);
    const context = {
      ...{ seed: options.seed, scale: options.scale, jobs: options.jobs, folder: own, signal: abort.signal },
      progress: (line: string) => process.stderr.write(`${check.id}: ${line}\n`),
    };
    // the other kinds are tried all the same
    const tallies = await check.run(context).catch((error: unknown) => {
      abort.signal.throwIfAborted();
      return [{ subject: 'the check itself', tried: 1, wrong: [String(error)] }];
    });
    findings.push({ check, tallies, seconds: (performance.now() - started) / 1000 });
    await rm(own, { recursive: true, force: true });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const command = commandOf(options);
const text = await formatted(page(findings, { ...options, command }));
if (options.write !== undefined) await writeFile(options.write, text);
else process.stdout.write(text);
const failed = findings.filter(({ tallies }) => tallies.some(({ wrong }) => wrong.length > 0)).map(({ check }) => check.id);
if (failed.length > 0) {
  process.stderr.write(`Not all is right. Again: ${commandOf({ ...options, only: failed })}\n`);
  process.exitCode = 1;
}

/** The command that does the same again. */
function commandOf({ only, seed, scale }: Options): string {
  const some = only.length < checks.length ? [`--only ${only.join(',')}`] : [];
  return ['pnpm test:reliability', ...some, `--seed ${seed}`, ...(scale === 1 ? [] : [`--scale ${scale}`])].join(' ');
}
