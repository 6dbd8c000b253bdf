import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTale } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const metric = `{ id: 'steady', tasks: ['language'], cutoff: 'none', smallerIsBetter: false, start: () => ({ observe() {}, result: () => 1 }) }`;
const plugin = folder.write('steady.mjs', `export default { name: 'steady', core: '*', metrics: [${metric}] };\n`);
const run = join(folder.path, 'run');
beforeAll(async () => {
  const given = ['plugins=[./steady.mjs]', 'evaluation.metrics=[perplexity, steady]'].flatMap((each) => ['--set', each]);
  expect(await outcome('run', writeTale(folder), '--out', run, '--quiet', ...given)).toMatchObject({ exitCode: 0, stderr: '' });
});

describe.each<[string, readonly string[]]>([
  ['inspect', []],
  ['generate', ['--prompt', 'the', '--tokens', '3']],
])('farzi %s', (command, argv) => {
  it('loads no code that the run names, from its folder or from anywhere', async () => {
    const foreign = join(folder.path, `foreign-${command}`);
    cpSync(run, foreign, { recursive: true });
    writeFileSync(join(foreign, 'spy.mjs'), "globalThis.farziRan = true;\nexport default { name: 'spy', core: '*' };\n");
    const inUrl = `data:text/javascript,globalThis.farziRan=true;export default{name:"spy",core:"*"}//${'x'.repeat(300)}`;
    const config = join(foreign, 'config.yaml');
    const changed = readFileSync(config, 'utf8')
      .replace(/plugins:\n.*\n/, `plugins: [./spy.mjs, ${JSON.stringify(inUrl)}]\n`)
      .replace('    - steady\n', '');
    writeFileSync(config, changed);
    writeFileSync(join(foreign, 'environment.json'), JSON.stringify({ configDirectory: foreign }));
    const { exitCode, stderr } = await outcome(command, foreign, ...argv);
    expect(stderr).toBe(`note: Plugins that only the run names are not loaded: ${join(foreign, 'spy.mjs')}, ${inUrl.slice(0, 300)}....\n`);
    expect(exitCode).toBe(0);
    expect(globalThis).not.toHaveProperty('farziRan');
  });

  it('loads what the command line names', async () => {
    expect(await outcome(command, run, ...argv, '--plugin', plugin)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('takes no URL from the command line, either', async () => {
    const { exitCode, stderr } = await outcome(command, run, ...argv, '--plugin', 'data:text/javascript,globalThis.farziRan=true');
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^error FARZI_PLUGIN_REFUSED: The plugin data:text/)]);
    expect(globalThis).not.toHaveProperty('farziRan');
  });
});

it('says so where something is needed that was left out', async () => {
  const { exitCode, stdout, stderr } = await outcome('generate', run, '--prompt', 'the');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /^note: Plugins .*steady\.mjs\.\nerror FARZI_PLUGIN_LEFT_OUT: The run .* needs a plugin that was left out: .*metric "steady"\.\nhint: .*--plugin .*steady\.mjs\.\n$/,
  );
});

it('data stored by a codec of a plugin are read with it, and not without it', async () => {
  const codec = `{ id: 'plain', schema: { type: 'object', properties: {}, additionalProperties: false }, create: () => ({
    encode: (values, shape) => ({ numbers: { shape, values } }), decode: ({ numbers }) => numbers.values }) }`;
  const plain = folder.write('plain.mjs', `export default { name: 'plain', core: '*', codecs: [${codec}] };\n`);
  const [own, config] = [join(folder.path, 'plain'), join(folder.path, 'tale.yaml')];
  const given = ['plugins=[./plain.mjs]', 'synthetic.storage=plain'].flatMap((each) => ['--set', each]);
  expect(await outcome('run', config, '--out', own, '--quiet', ...given)).toMatchObject({ exitCode: 0, stderr: '' });
  const student = ['--model', 'transformer-lm', '--steps', '2', '--out', join(folder.path, 'student.safetensors'), '--quiet'];
  for (const [command, ...argv] of [
    ['inspect'],
    ['generate', '--prompt', 'the', '--tokens', '3'],
    ['export', '--format', 'csv', '--out', join(folder.path, 'tale.csv')],
    ['train', ...student],
  ] as const) {
    const refused = await outcome(command, own, ...argv);
    expect([command, refused.exitCode, refused.stderr]).toEqual([
      command,
      2,
      expect.stringContaining('the codec "plain", which is not there'),
    ]);
    expect(await outcome(command, own, ...argv, '--plugin', plain)).toMatchObject({ exitCode: 0, stderr: '' });
  }
});

it('no configuration names a plugin by a URL', async () => {
  const config = folder.write(
    'url.yaml',
    'task: language\nplugins: ["data:text/javascript,globalThis.farziRan=true"]\ndataset: moby-dick\nmodel: x\n',
  );
  for (const command of ['run', 'validate', 'plugins'])
    expect(await outcome(command, config)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('FARZI_PLUGIN_REFUSED') });
  expect(globalThis).not.toHaveProperty('farziRan');
});
