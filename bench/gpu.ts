/**
 * What an engine on a GPU does here: conformance, oracle and benchmark beside the engine on the CPU, as one JSON file.
 *
 *   pnpm bench:gpu --engine onnx-webgpu --json gpu.json
 *
 * What stands after `--` goes to bench:compare (`-- --threads 8 --rounds 1`). Run it in a clone of the repository after
 * `pnpm install`. Exit code 1 when a test fails or values disagree.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtInEngines } from '@farzi/core';
import { Command, Option } from 'commander';
import { engineIds } from './options.js';

interface Options {
  readonly engine: string;
  readonly json: string;
  readonly quick: boolean;
}
const command = new Command('bench:gpu')
  .description('Tests and measures an engine on a GPU beside the one on the CPU, and writes one JSON file.')
  .addOption(new Option('--engine <id>', 'engine on the GPU').choices(engineIds).default('onnx-webgpu'))
  .option('--json <file>', 'what was found', 'gpu.json')
  .option('--quick', 'leaves out all but the smallest benchmark', false)
  .argument('[options...]', 'more for bench:compare, after --')
  .parse();
const { engine, json, quick } = command.opts<Options>();
const more = command.args;

const root = fileURLToPath(new URL('..', import.meta.url));
const { resolve } = createRequire(import.meta.url);
const tsx = join(dirname(resolve('tsx/package.json')), 'dist', 'cli.mjs');
const vitest = join(dirname(resolve('vitest/package.json')), 'vitest.mjs');

/** Runs a script of the repository; what it prints on its standard output is kept. */
function run(...argv: readonly string[]): { readonly ok: boolean; readonly output: string } {
  process.stderr.write(`\n> node ${argv.join(' ')}\n`);
  const { status, stdout } = spawnSync(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  process.stderr.write(stdout);
  return { ok: status === 0, output: stdout };
}

/** What vitest's JSON reporter tells, of all that it does. */
interface Tested {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Sizes that keep a GPU busy, as options of the benchmarks. */
const workloads: readonly (readonly [name: string, ...argv: string[]])[] = [
  ['recommendation'],
  ['language', '--task', 'language'],
  [
    ...(['recommendation, large', '--vocabulary', '60000', '--length', '200', '--width', '256', '--batch', '8'] as const),
    // a batch of this training has 768 MB of logits: the processor takes a minute or two for all
    ...['--rank', '64', '--steps', '3', '--product', '4096', '--training-batch', '16', '--repeats', '1', '--patience', '20'],
  ],
];

const availability = await builtInEngines.find(({ id }) => id === engine)?.check();
const version =
  availability?.usable === true
    ? availability.version
    : command.error(`error: The engine ${engine} cannot be used here. ${availability?.reason ?? ''}`);
const folder = mkdtempSync(join(tmpdir(), 'farzi-gpu-'));
try {
  const report = join(folder, 'tests.json');
  const places = ['packages/core/src/engine', 'packages/core/src/program/ops/ops.test.ts', 'packages/core/test/oracle.test.ts'];
  const tests = run(vitest, 'run', ...places, '-t', `${engine} `, '--reporter', 'json', '--outputFile', report);
  const tested = JSON.parse(readFileSync(report, 'utf8')) as Tested;
  const failed = tested.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ test: fullName, message: failureMessages?.[0]?.split('\n')[0] ?? '' }));
  const oracle = run(tsx, 'packages/core/scripts/oracle.ts', 'packages/core/fixtures/oracle/adam-meta-gradients.json', '--engine', engine);
  const benchmarks = workloads.slice(0, quick ? 1 : workloads.length).map(([name, ...argv], index) => {
    const file = join(folder, `compare-${index}.json`);
    const { ok, output } = run(
      tsx,
      'bench/compare.ts',
      '--engines',
      `onnx,${engine}`,
      '--peer-device',
      'gpu',
      ...argv,
      ...more,
      '--json',
      file,
    );
    // there is none where nobody could measure
    const measured = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : null;
    return { name, ok, tables: output.split('\n'), measured };
  });
  const found = {
    engine,
    version,
    machine: { platform: platform(), arch: arch(), release: release(), node: process.version, cpu: cpus()[0]?.model, memory: totalmem() },
    tests: { passed: tested.numPassedTests, failed },
    oracle: { ok: oracle.ok, rows: oracle.output.trim().split('\n') },
    benchmarks,
  };
  writeFileSync(json, `${JSON.stringify(found, null, 2)}\n`);
  process.stderr.write(
    `\nWrote ${json}: ${tested.numPassedTests} tests passed, ${failed.length} failed; the oracle ${oracle.ok ? 'is met' : 'is NOT met'}.\n`,
  );
  process.exitCode = tests.ok && oracle.ok && benchmarks.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
