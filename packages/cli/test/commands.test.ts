import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const config = folder.write(
  'experiment.yaml',
  "plugins: [./mine.mjs, '@farzi/models-sasrec']\ntask: recommendation\ndataset: { id: movielens-small-2016 }\nmodel: { id: sasrec, blocks: 3 }\n",
);
folder.write('package.json', '{ "name": "mine", "version": "3.2.1" }');
folder.write(
  'mine.mjs',
  "export default { name: 'mine', core: '*', metrics: [{ id: 'coverage', tasks: ['recommendation'], cutoff: 'required', smallerIsBetter: false, start() {} }] };\n",
);

it('--version prints the version and nothing else', async () => {
  expect(await outcome('--version')).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/), stderr: '' });
});

it.each([
  [['--help']],
  [['run', '--help']],
  [['sweep', '--help']],
  [['inspect', '--help']],
  [['train', '--help']],
  [['evaluate', '--help']],
  [['recommend', '--help']],
  [['generate', '--help']],
  [['validate', '--help']],
  [['plugins', '--help']],
  [['runs', '--help']],
  [['compare', '--help']],
  [['create', '--help']],
  [['init', '--help']],
  [['doctor', '--help']],
])('%j is on stdout and no error', async (argv) => {
  expect(await outcome(...argv)).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^Usage: farzi /), stderr: '' });
});

it('validate prints the configuration with all defaults, as a valid configuration', async () => {
  const { exitCode, stdout, stderr } = await outcome('validate', config, '--set', 'seed=7', '--set', 'model.heads=2');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')[0]).toBe(`# ${config}: ok`);
  expect(parse(stdout)).toMatchObject({
    seed: 7,
    threads: 0,
    model: { id: 'sasrec', blocks: 3, heads: 2, dropout: 0.2 },
    distillation: { metaOptimizer: { id: 'farzi', steps: 20 } },
  });
  expect((await outcome('validate', folder.write('resolved.yaml', stdout))).exitCode).toBe(0);
});

it('plugins lists what comes with the command', async () => {
  const { exitCode, stdout, stderr } = await outcome('plugins');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ID +KIND +PLUGIN +VERSION\n/);
  expect(stdout).toMatch(/^sasrec +model +@farzi\/models-sasrec +\d+\.\d+\.\d+\S*$/m);
  expect(stdout).toMatch(/^farzi +metaOptimizer +@farzi\/core +\d/m);
  for (const [id, kind] of [
    ['teacher', 'initialisation'],
    ['full-equal-budget', 'arm'],
    ['cosine', 'schedule'],
    ['sgd', 'optimizer'],
    ['checkpointed', 'trajectory'],
    ['float32', 'codec'],
  ])
    expect(stdout).toMatch(new RegExp(`^${id} +${kind} +@farzi/core +\\d`, 'm'));
  expect(stdout).not.toContain('coverage');
});

it('plugins lists the plugins of a configuration, too, and none twice', async () => {
  const { exitCode, stdout } = await outcome('plugins', config);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^coverage +metric +mine +3\.2\.1$/m);
  expect(stdout.match(/^sasrec /gm)).toHaveLength(1);
});

it('plugins tells the options of contributions by their ids', async () => {
  const { exitCode, stdout } = await outcome('plugins', 'sasrec', 'checkpointed', 'entropy');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^sasrec: model of @farzi\/models-sasrec \d+\.\d+\.\d+\S*\n {2}OPTION +VALUE +DEFAULT +WHAT\n/);
  expect(stdout).toMatch(/^ {2}hiddenSize +integer from 1 +64/m);
  expect(stdout).toMatch(/^ {2}step +number above 0 +0\.\d+/m);
  const [own] = JSON.parse((await outcome('plugins', config, 'coverage', '--json')).stdout) as unknown[];
  expect(own).toEqual({ kind: 'metric', id: 'coverage', plugin: 'mine', version: '3.2.1' });
  expect(await outcome('plugins', 'sasrek')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('No loaded plugin contributes anything with the id "sasrek".') as string,
  });
});

it('validate writes JSON, too', async () => {
  const { stdout } = await outcome('validate', config, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ file: config, config: { model: { id: 'sasrec', blocks: 3, dropout: 0.2 } } });
});

it('doctor tells what there is to run on', async () => {
  const { exitCode, stdout, stderr } = await outcome('doctor');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Engines\n {2}onnx-cuda +(available|not available: )/);
  expect(stdout.match(/^ {2}\S+ +available, .*\(what engine: auto takes\)$/gm)).toHaveLength(1);
  for (const engine of ['onnx-webgpu', 'tfjs-node-gpu', 'onnx', 'tfjs-node', 'onnx-web', 'tfjs-wasm', 'tfjs-cpu'])
    expect(stdout).toMatch(new RegExp(`^ {2}${engine} +(available, |not available: )`, 'm'));
  expect(stdout).toMatch(/^ {2}node +v\d/m);
  expect(stdout).toMatch(/^ {2}@farzi\/core +\d/m);
  const json = JSON.parse((await outcome('doctor', '--json')).stdout) as {
    readonly auto: string;
    readonly engines: { readonly id: string }[];
  };
  expect(json.engines.map(({ id }) => id)).toContain(json.auto);
  expect(json).toMatchObject({ machine: { node: process.version }, packages: { '@farzi/core': expect.any(String) as string } });
});
