/**
 * The packages as a user gets them, and plugins as their authors would publish them: packed, installed with npm into an
 * empty folder, imported, run.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import typescript from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture, publishedPackages, root } from '../scripts/commands.mjs';
import { packAll, packExamples } from '../scripts/pack.mjs';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'farzi-packed-')));

/** As npm installed it; scripts/release-dry.mjs calls it through npx. */
const command = join(folder, 'node_modules', '@farzi', 'cli', 'dist', 'main.js');

const entryPoints = publishedPackages().flatMap(({ manifest: { name, exports = {} } }) =>
  Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => name + path.slice(1)),
);

let examples: readonly string[] = [];

beforeAll(async () => {
  const plugins = await packExamples(folder);
  examples = plugins.map(({ name }) => name);
  const tarballs = [...(await packAll(folder)), ...plugins];
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'a-user-of-farzi', private: true, type: 'module' }));
  const installed = capture('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs.map(({ tarball }) => tarball)], {
    cwd: folder,
  });
  expect(installed.status, installed.stderr).toBe(0);
}, 600_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

describe('the packed packages', () => {
  // in processes of their own: none may need what another brought
  it.each(entryPoints)('%s is imported without a word', (entryPoint) => {
    const program = `const module = await import('${entryPoint}'); console.log(Object.keys(module).length > 0);`;
    expect(capture(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder })).toEqual({
      status: 0,
      stdout: 'true\n',
      stderr: '',
    });
  });

  it('have one copy of the core and of TensorFlow.js', () => {
    const { stdout } = capture('npm', ['ls', '--all', '--parseable', '@farzi/core', '@tensorflow/tfjs-core'], { cwd: folder });
    const copies = stdout.split('\n').filter((line) => /node_modules.@(farzi.core|tensorflow.tfjs-core)$/.test(line.trim()));
    expect(new Set(copies).size).toBe(2);
  });
});

describe('distilled data in an empty folder', () => {
  it('are all that it takes to train a student of another model, to evaluate it, and to use it here and in ONNX Runtime', () => {
    copyFileSync(join(root, 'test', 'fixtures', 'tiny.yaml'), join(folder, 'tiny.yaml'));
    const made = farzi('run', 'tiny.yaml', '--out', 'distilled', '--quiet');
    expect(made.status, made.stderr).toBe(0);
    const data = readdirSync(join(folder, 'distilled')).find((name) => name.startsWith('synthetic')) ?? '';
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    cpSync(join(folder, 'distilled', data), join(elsewhere, data), { recursive: true });
    const there = (...args: string[]): string => {
      const { status, stdout, stderr } = farziIn(elsewhere, ...args, '--plugin', 'farzi-example-gru4rec');
      expect(status, stdout + stderr).toBe(0);
      return stdout;
    };
    const model = ['--model', 'gru4rec', '--set', 'hiddenSize=8'];
    const trained = there('train', data, ...model, '--steps', '30', '--out', 'student.safetensors', '--quiet');
    expect(trained).toMatch(/\nstudent\.safetensors: gru4rec, trained in .* s, 30 steps at learning rate \d/);
    const films = 'toy story (1995), Lion King, The (1994)';
    const { history: seen, recommendations } = JSON.parse(
      there('recommend', 'student.safetensors', '--history', films, '--top', '5', '--json'),
    ) as {
      history: { token: number }[];
      recommendations: { token: number; title: string; score: number }[];
    };
    expect(recommendations).toHaveLength(5);
    for (const { title } of recommendations) expect(title).toMatch(/ \(\d{4}\)$/);
    const { metrics } = JSON.parse(there('evaluate', 'student.safetensors', '--dataset', join('..', 'tiny.yaml'), '--json')) as {
      metrics: Record<string, number>;
    };
    expect(metrics['ndcg@10']).toBeGreaterThan(0);
    there('export', 'student.safetensors', '--format', 'onnx', '--top', '5');
    const ranked = capture(process.execPath, ['--input-type=module', '--eval', documentedRanking(10, seen)], { cwd: elsewhere });
    expect(ranked.status, ranked.stderr).toBe(0);
    const { tokens, scores } = JSON.parse(ranked.stdout) as { tokens: number[]; scores: number[] };
    expect(tokens).toEqual(recommendations.map(({ token }) => token));
    for (const [place, { score }] of recommendations.entries()) expect(scores[place]).toBeCloseTo(score, 4);
    expect(readdirSync(elsewhere).sort()).toEqual(['student.onnx', 'student.safetensors', data].sort());
  });
});

describe('the examples', () => {
  it('use the library', () => {
    // on the fewer items that many have seen, and with fewer steps
    const source = readFileSync(join(root, 'examples', 'library.ts'), 'utf8')
      .replace('minimumItemEvents: 20', 'minimumItemEvents: 75')
      .replace('outerSteps: 20', 'outerSteps: 3, teacher: { maxSteps: 60 }, training: { maxSteps: 60 }');
    expect(source).toMatch(/minimumItemEvents: 75[^]*outerSteps: 3/);
    const { outputText } = typescript.transpileModule(source, { compilerOptions: { target: typescript.ScriptTarget.ES2022 } });
    writeFileSync(join(folder, 'library.js'), outputText);
    const { status, stdout, stderr } = capture(process.execPath, ['library.js'], { cwd: folder });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/'ndcg@10': 0\.\d+/);
    // by chance it is 100 of some 1,300 items
    expect(Number(/'hr@100': (0\.\d+)/.exec(stdout)?.[1])).toBeGreaterThan(0.2);
  });
});

describe('a plugin beside the configuration file', () => {
  it('brings its model into an experiment', () => {
    copyFileSync(join(root, 'examples', 'plugin-gru4rec', 'index.js'), join(folder, 'gru4rec.js'));
    copyFileSync(join(root, 'test', 'fixtures', 'tiny.yaml'), join(folder, 'tiny.yaml'));
    const overrides = [
      'plugins=[./gru4rec.js]',
      'model={id: gru4rec, hiddenSize: 8}',
      'synthetic.initialisation=random',
      'evaluation.arms=[full, distilled]',
    ];
    const { status, stdout, stderr } = farzi(
      'run',
      'tiny.yaml',
      '--out',
      'gru4rec',
      ...overrides.flatMap((override) => ['--set', override]),
    );
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^gru4rec$/m);
  });
});

// scripts/release-dry.mjs runs, publishes and installs one of them
describe('packages that farzi create plugin writes', () => {
  const own = join(folder, 'own');
  const kinds = readdirSync(join(root, 'packages', 'cli', 'templates', 'kinds'));
  const tool = (name: string, ...args: string[]): string => {
    const { status, stdout, stderr } = capture(process.execPath, [join(root, 'node_modules', name), ...args], { cwd: own });
    expect(status, stdout + stderr).toBe(0);
    return stdout;
  };

  it('are right as they are: types, and the conformance suite of each kind', () => {
    mkdirSync(own);
    // the command, again and again in one process: it takes a second to start
    const program = `for (const kind of ${JSON.stringify(kinds)}) {
      process.argv = [process.execPath, 'farzi', 'create', 'plugin', 'farzi-' + kind + '-own', '--kind', kind];
      await import(${JSON.stringify(pathToFileURL(command).href)} + '?' + kind);
    }`;
    const created = capture(process.execPath, ['--input-type=module', '--eval', program], { cwd: own });
    expect(created.status, created.stderr).toBe(0);
    // what npm install would bring; the packages of this repository come from the folder above, as they were packed
    for (const name of ['vitest', 'tsup', '@types/node']) linkTool(name);
    writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ extends: './farzi-model-own/tsconfig.json', include: ['*/src'] }));
    tool(join('typescript', 'bin', 'tsc'));
    const reported = tool(
      join('vitest', 'vitest.mjs'),
      'run',
      '--root',
      '.',
      '--config',
      join('farzi-model-own', 'vitest.config.ts'),
      // they share one core
      ...['--no-isolate', '--no-file-parallelism'],
      '--reporter',
      'json',
    );
    expect(JSON.parse(reported.slice(reported.lastIndexOf('{"numTotalTestSuites"')))).toMatchObject({
      success: true,
      numPassedTests: kinds.length,
    });
  });
});

describe('the example plugins', () => {
  it('work together in one experiment', () => {
    copyFileSync(join(root, 'test', 'fixtures', 'tiny.yaml'), join(folder, 'tiny.yaml'));
    const overrides = [
      // all but the one that leaves the comparison out
      `plugins=[${examples.filter((name) => name !== 'farzi-example-distill-only').join(', ')}]`,
      'engine=onnx-profile',
      'synthetic.initialisation=k-center',
      'distillation.metaOptimizer={id: gradient-matching, steps: 2, realBatchSize: 16}',
      'distillation.learner.optimizer=adamw',
      'training.optimizer={id: adamw, weightDecay: 0.1}',
      'evaluation.arms=[distilled, {id: random-factor, factor: 3}]',
      'evaluation.metrics=[ndcg@10, coverage@10, novelty@10]',
    ];
    const { status, stdout, stderr } = farzi(
      'run',
      'tiny.yaml',
      '--out',
      'together',
      ...overrides.flatMap((override) => ['--set', override]),
    );
    expect(status, stdout + stderr).toBe(0);
    const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, 'together', name), 'utf8'));
    const { results } = read('summary.json') as { results: { data: string; sequences: number; metrics: Record<string, number> }[] };
    expect(results.map(({ data, sequences }) => [data, sequences])).toEqual([
      ['distilled', 5],
      ['random-factor', 15],
    ]);
    for (const { metrics } of results) expect(metrics['coverage@10']).toBeGreaterThan(0);
    expect(read('profile.json')).toMatchObject({ programs: { 'gradient matching': { runs: 4 } } });
  });
});

/** Makes a tool of this repository one of the folder, unless something else brought it. */
function linkTool(name: string): void {
  const place = join(folder, 'node_modules', name);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(realpathSync(join(root, 'node_modules', name)), place);
}

/** The program in the documentation that ranks in plain ONNX Runtime, for a student and a history; it prints JSON. */
function documentedRanking(maxLength: number, history: readonly { readonly token: number }[]): string {
  const [, program = ''] = /```js\n(import \{ InferenceSession[^`]*)```/.exec(readFileSync(join(root, 'docs', 'export.md'), 'utf8')) ?? [];
  const changed = program.replace('= 50;', `= ${maxLength};`).replace('[0, 17, 4]', JSON.stringify(history.map(({ token }) => token)));
  return `${changed}console.log(JSON.stringify({ tokens: Array.from(topTokens.data, Number), scores: Array.from(topScores.data) }));`;
}

function farzi(...args: string[]) {
  return farziIn(folder, ...args);
}

function farziIn(cwd: string, ...args: string[]) {
  return capture(process.execPath, [command, ...args], { cwd });
}
