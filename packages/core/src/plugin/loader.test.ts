import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import type { FarziError } from '../errors.js';
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

  it('imports TypeScript that is not built, with what it imports', async () => {
    await write('experiments/part.ts', "export const name: string = 'typed';\n");
    await write(
      'experiments/own.ts',
      "import { name } from './part.js';\nimport type {} from './gone.js';\nexport default { name, core: '*' as const };\n",
    );
    expect(await names(['./own.ts'])).toEqual(['typed']);
    const file = await write('experiments/throws.ts', "type T = string;\n\nthrow new Error('no licence' as T);\n");
    expect(await failure('./throws.ts')).toMatchObject({
      code: 'FARZI_PLUGIN_INVALID',
      message: expect.stringContaining(`fails when it is imported: no licence, at ${file}:3.`) as string,
    });
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
      message: `The plugin farzi-nowhere is not installed where ${configFile()} can find it.`,
      hint: `Run npm install farzi-nowhere in ${join(folder, 'experiments')} or a folder above it.`,
    });
  });

  it('is a path where there is nothing', async () => {
    expect(await failure('./missing.mjs')).toMatchObject({
      code: 'FARZI_PLUGIN_NOT_FOUND',
      message: `The plugin ./missing.mjs does not exist: there is no ${join(folder, 'experiments', 'missing.mjs')}.`,
      hint: `Correct the path: those in plugins start at ${join(folder, 'experiments')}.`,
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
      message: `The module ./wrong.mjs (${pathToFileURL(file).href}) does not export a plugin by default.`,
      hint: 'Let it end with: export default definePlugin({ name, core, ... }).',
    });
  });

  it('is a file without a dot before it', async () => {
    const file = await write('experiments/own.mjs', source('own'));
    expect(await failure('own.mjs')).toMatchObject({
      code: 'FARZI_PLUGIN_NOT_FOUND',
      hint: `Did you mean ./own.mjs? There is a file ${file}; without a dot or a slash in front it is the name of a package.`,
    });
  });

  it.each([
    ['model: []', 'has the key "model", which no plugin has.', 'Did you mean "models"? '],
    ['banana: 1', 'has the key "banana", which no plugin has.', 'It may have name, core, services, models'],
    ['models: { id: "x" }', 'has models that are no list.', 'Write models: [...].'],
    ['metrics: [{ id: "x" }, {}]', 'has no id for metrics[1].', 'Every contribution has an id'],
    ['metrics: [null]', 'has no id for metrics[0].', 'Every contribution has an id'],
    ['services: {}', 'has services that are no function.', 'Write services'],
    [
      'codecs: [{ id: "x", schema: { type: "thing" } }]',
      'has codecs[0] ("x") with options that no schema describes: schema is invalid: data/type must be',
      'Its schema is to be a JSON schema of an object',
    ],
    ['codecs: [{ id: "x", schema: 1 }]', 'with options that no schema describes: it is a number.', 'Its schema'],
  ])('has another shape: %s', async (text, message, hint) => {
    const file = await write('experiments/wrong.mjs', `export default { name: 'wrong', core: '*', ${text} };\n`);
    const error = (await failure('./wrong.mjs')) as FarziError;
    expect(error.code).toBe('FARZI_PLUGIN_INVALID');
    expect(error.message).toMatch(/^The plugin wrong \(file:/);
    expect(error.message).toContain(pathToFileURL(file).href);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('throws when it is imported', async () => {
    const file = await write('experiments/throws.mjs', "\n\nthrow new Error('no licence');\n");
    expect(await failure('./throws.mjs')).toMatchObject({
      code: 'FARZI_PLUGIN_INVALID',
      message: `The plugin ./throws.mjs (${pathToFileURL(file).href}) fails when it is imported: no licence, at ${file}:3.`,
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
