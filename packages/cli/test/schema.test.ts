import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CompletionItem, LanguageService } from 'yaml-language-server';
import { outcome } from './terminal.js';

const { getLanguageService } = createRequire(import.meta.url)('yaml-language-server') as typeof import('yaml-language-server');

const examples = fileURLToPath(new URL('../../../examples', import.meta.url));
const experiments = readdirSync(examples).filter((name) => name.endsWith('.yaml'));
const SCHEMA = 'file:///experiment.schema.json';

describe('farzi schema, in the YAML language server of editors', () => {
  let service: LanguageService;
  beforeAll(async () => {
    const { exitCode, stdout, stderr } = await outcome('schema');
    expect([exitCode, stderr]).toEqual([0, '']);
    service = getLanguageService({
      // what an example names in its first line: the schema that was built
      schemaRequestService: (uri) => readFile(fileURLToPath(uri), 'utf8'),
      workspaceContext: { resolveRelativePath: (path, from) => new URL(path, from).href },
    });
    service.configure({
      validate: true,
      completion: true,
      schemas: [{ uri: SCHEMA, fileMatch: ['*.yaml'], schema: JSON.parse(stdout) as object }],
    });
  });

  let version = 0;
  const open = (text: string): TextDocument => TextDocument.create('file:///experiment.yaml', 'yaml', ++version, text);
  /** The words that it underlines. */
  const marked = async (text: string): Promise<string[]> =>
    (await service.doValidation(open(text), false)).map(({ range }) => open(text).getText(range));
  /** What is offered where a text has `|`. */
  const offered = async (text: string): Promise<CompletionItem[]> => {
    const document = open(text.replace('|', ''));
    return (await service.doComplete(document, document.positionAt(text.indexOf('|')), false)).items;
  };

  it.each(experiments)('has nothing to say against examples/%s', async (name) => {
    const file = join(examples, name);
    const document = TextDocument.create(pathToFileURL(file).href, 'yaml', 1, readFileSync(file, 'utf8'));
    expect(document.getText()).toMatch(/^# yaml-language-server: \$schema=/);
    expect(await service.doValidation(document, false)).toEqual([]);
  });

  const begin = 'task: recommendation\ndataset: ml-100k\n';
  it.each([
    ['a key that there is not', `${begin}model: sasrec\nsyntetic: { rank: 8 }\n`, 'syntetic'],
    ['an option that a model does not have', `${begin}model: { id: sasrec, hidenSize: 8 }\n`, 'hidenSize'],
    ['a model that there is not', `${begin}model: sasreck\n`, 'sasreck'],
    ['a value of another type', `${begin}model: sasrec\nsynthetic: { sequences: many }\n`, 'many'],
  ])('marks %s', async (_what, text, place) => {
    expect(await marked(text)).toEqual([place]);
  });

  it('completes keys, ids, and the options of what has an id', async () => {
    expect((await offered(`${begin}model: sasrec\nsynth|`)).map(({ label }) => label)).toContain('synthetic');
    expect((await offered(`${begin}model: |`)).map(({ label }) => label)).toEqual(expect.arrayContaining(['sasrec', 'transformer-lm']));
    expect((await offered(`${begin}model:\n  id: sasrec\n  hid|`)).map(({ label }) => label)).toContain('hiddenSize');
  });
});

it('farzi schema has the plugins of an experiment, too', async () => {
  const { exitCode, stdout } = await outcome('schema', join(examples, 'sweeps', 'magazine-ten.yaml'));
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    title: 'Farzi experiment',
    properties: { engine: { enum: expect.arrayContaining(['auto']) as unknown } },
  });
});
