import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { loadPlugins } from './loader.js';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'farzi-loader-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configFile = (): string => join(folder, 'experiments', 'toy.yaml');
async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}
const source = (name: string): string => `export default { name: '${name}', core: '*', models: [] };\n`;
const names = async (specifiers: readonly string[]): Promise<string[]> =>
  (await loadPlugins(specifiers, configFile())).map(({ name }) => name);
const failure = (specifier: string): Promise<unknown> => errorOf(() => loadPlugins([specifier], configFile()));

describe('loadPlugins', () => {
  it('imports paths from the folder of the configuration file', async () => {
    await write('experiments/own.mjs', source('own'));
    const above = await write('above.mjs', source('above'));
    expect(await names(['./own.mjs', '../above.mjs'])).toEqual(['own', 'above']);
    expect(await names([above])).toEqual(['above']);
  });

  it('imports packages that are installed there or above', async () => {
    await write('node_modules/farzi-near/package.json', '{"name":"farzi-near","type":"module","exports":"./main.js"}');
    await write('node_modules/farzi-near/main.js', source('farzi-near'));
    await write('experiments/node_modules/@scope/plugin/package.json', '{"name":"@scope/plugin","type":"module","exports":"./index.js"}');
    await write('experiments/node_modules/@scope/plugin/index.js', source('@scope/plugin'));
    expect(await names(['farzi-near', '@scope/plugin'])).toEqual(['farzi-near', '@scope/plugin']);
  });

  it('loads a plugin once that is named twice', async () => {
    await write('experiments/own.mjs', source('own'));
    await write('experiments/copy.mjs', source('own'));
    expect(await names(['./own.mjs', './own.mjs', './copy.mjs'])).toEqual(['own']);
    expect(await names([])).toEqual([]);
  });
});

describe('a plugin that cannot be loaded', () => {
  it('is a package that is not installed', async () => {
    expect(await failure('farzi-nowhere')).toMatchObject({
      code: 'FARZI_PLUGIN_NOT_FOUND',
      message: `the plugin farzi-nowhere is not installed where ${configFile()} can find it`,
      hint: `Run npm install farzi-nowhere in ${join(folder, 'experiments')} or a folder above it.`,
    });
  });

  it('is a path where there is nothing', async () => {
    expect(await failure('./missing.mjs')).toMatchObject({
      code: 'FARZI_PLUGIN_NOT_FOUND',
      message: `the plugin ./missing.mjs does not exist: there is no ${join(folder, 'experiments', 'missing.mjs')}`,
      hint: `Paths in plugins start at ${join(folder, 'experiments')}.`,
    });
  });

  it.each([
    ['nothing by default', 'export const name = 1;\n'],
    ['null', 'export default null;\n'],
    ['no core range', "export default { name: 'x' };\n"],
    ['no name', "export default { core: '*' };\n"],
    ['a function', 'export default () => ({});\n'],
  ])('exports %s', async (_what, text) => {
    const file = await write('experiments/wrong.mjs', text);
    expect(await failure('./wrong.mjs')).toMatchObject({
      code: 'FARZI_PLUGIN_INVALID',
      message: `the module ./wrong.mjs (${pathToFileURL(file).href}) does not export a plugin by default`,
      hint: 'A plugin ends with: export default definePlugin({ name, core, ... }).',
    });
  });

  it('throws when it is imported', async () => {
    const file = await write('experiments/throws.mjs', "throw new Error('no licence');\n");
    expect(await failure('./throws.mjs')).toMatchObject({
      code: 'FARZI_PLUGIN_INVALID',
      message: `the plugin ./throws.mjs (${pathToFileURL(file).href}) fails when it is imported: Error: no licence`,
      cause: expect.objectContaining({ message: 'no licence' }) as unknown,
    });
  });

  it.each([
    ['data:text/javascript,globalThis.farziRan=true;export default{name:"x",core:"*"}'],
    [' data:text/javascript,globalThis.farziRan=true;export default{name:"x",core:"*"}'],
    ['da\tta:text/javascript,globalThis.farziRan=true;export default{name:"x",core:"*"}'],
    ['DATA:text/javascript,globalThis.farziRan=true'],
    ['http://127.0.0.1:9/plugin.mjs'],
    ['https://127.0.0.1:9/plugin.mjs'],
    ['blob:nodedata:1'],
    ['node:fs'],
    ['fs'],
    ['file:///plugin.mjs'],
  ])('is no package and no path: %j', async (specifier) => {
    expect(await failure(specifier)).toMatchObject({
      code: 'FARZI_PLUGIN_REFUSED',
      message: `The plugin ${specifier} is neither a package nor the path of a file.`,
    });
    expect(globalThis).not.toHaveProperty('farziRan');
  });

  it.each([
    ['a package', 'farzi-missing-dependency'],
    ['a file', './missing-part.mjs'],
  ])('lacks %s that it imports', async (_what, dependency) => {
    await write('experiments/lacking.mjs', `import '${dependency}';\n${source('lacking')}`);
    const error = await failure('./lacking.mjs');
    expect(error).toMatchObject({ code: 'FARZI_PLUGIN_INVALID' });
    expect((error as Error).message).toContain('fails when it is imported');
    expect((error as Error).message).toContain(dependency.replace('./', ''));
  });
});
