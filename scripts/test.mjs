/**
 * `npm test`: every check but `reliability`, stopping at the first that fails. `npm test -- lint unit` runs only the steps
 * named.
 */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { build, CommandError, install, run, tool } from './commands.mjs';

/** Folders with sources. */
const folders = ['packages', 'examples', 'bench', 'interop', 'reliability', 'test', 'scripts'];

/** @type {Record<string, () => Promise<void>>} */
const steps = {
  install,
  build,
  format: () => tool('oxfmt', ['--check']),
  lint: () => tool('oxlint', []),
  rooms: () => tool('dependency-cruiser', ['--config', 'dependency-cruiser.config.js', ...folders]),
  types: async () => {
    // TypeScript 7 takes a quarter of the time; what builds packages needs 5
    await tool('typescript-7', ['--noEmit']);
    await tool('typescript-7', ['--noEmit', '--project', 'packages/cli/web']);
  },
  unit: () => tool('vitest', ['run']),
  // a hundredth of `pnpm test:reliability`, by a seed whose kills meet students in two processes; unit tests try signals, locks, full disks and what is outside
  reliability: () =>
    tool('tsx', ['reliability/main.ts', '--only', 'kills,damage,mutants,bombs,downloads', '--scale', '0.01', '--seed', '11']),
  packages: () => run(process.execPath, ['scripts/check-packages.mjs']),
  api: () => run(process.execPath, ['scripts/api.mjs', '--check']),
  supply: () => run(process.execPath, ['scripts/supply-chain.mjs']),
  workflows: () => run(process.execPath, ['scripts/workflows.mjs']),
  // between pages, to files and to headings
  links: () =>
    tool('remark-cli', [
      ...['--frail', '--quiet', '--no-stdout', '--use', 'remark-validate-links=repository:false'],
      ...['README.md', 'CONTRIBUTING.md', 'docs', 'packages/*/README.md', 'examples/*/README.md', 'interop/python/README.md'],
      ...['--ignore-pattern', 'docs/api', '--ignore-pattern', 'docs/reference'],
    ]),
  knip: () => tool('knip', ['--no-config-hints']),
  release: () => run(process.execPath, ['scripts/release-dry.mjs']),
  packed: () => tool('vitest', ['run', '--config', 'vitest.packed.config.ts']),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`No step is called ${unknown.join(', ')}. Steps: ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}

/**
 * One after the other; lanes of one line beside each other, where the longest leaves cores idle.
 *
 * @type {string[][][]}
 */
const order = [
  [['install']],
  [['build']],
  [
    ['packages', 'lint', 'types', 'links', 'knip'],
    ['format', 'rooms', 'supply', 'workflows', 'api'],
  ],
  [['unit'], ['packed', 'release']],
  // a minute or two, and asked for by name
  wanted.includes('reliability') ? [['reliability']] : [],
];

// runs wait for the disk whenever they save: a third of the time of what tests them
const memory = folderInMemory('/dev/shm', 8 * 2 ** 30);
if (memory !== undefined) {
  process.env['TMPDIR'] = memory;
  process.on('exit', () => {
    rmSync(memory, { recursive: true, force: true, maxRetries: 3 });
  });
}

// what runs beside each other shares the cores: threads that wait for each other take them from who works
process.env['FARZI_THREADS'] ??= '1';

const started = performance.now();
for (const lanes of order) await Promise.all(lanes.map(take));
console.log(`\nAll checks succeeded in ${seconds(started)}.`);

/**
 * A new folder whose files are in memory, if there is room for as many bytes.
 *
 * @param {string} place
 * @param {number} bytes
 */
function folderInMemory(place, bytes) {
  try {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize < bytes ? undefined : mkdtempSync(`${place}/farzi-test-`);
  } catch {
    return undefined; // not on this system
  }
}

/** @param {readonly string[]} names */
async function take(names) {
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n=== ${name}`);
    const stepStarted = performance.now();
    try {
      await steps[name]?.();
    } catch (error) {
      console.error(error instanceof CommandError ? error.message : error);
      console.error(`=== ${name} FAILED after ${seconds(stepStarted)}`);
      process.exit(error instanceof CommandError ? error.exitCode : 1);
    }
    console.log(`=== ${name} ok, ${seconds(stepStarted)}`);
  }
}

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
