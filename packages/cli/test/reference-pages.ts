import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { OptionsSchema } from '@farzi/core';
import { formatted } from '../../../test/formatted.js';
import type { PluginKind } from '../src/create/kinds.js';
import { withNames } from '../src/create/plugin.js';
import { optionRows, type Property, valuesOf } from '../src/option-rows.js';
import { outcome } from './terminal.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Pages that are written, wholly or in part: by what the command says of itself, and with sources. */
export const writtenPages: Readonly<Record<string, () => Promise<string>>> = {
  'docs/cli.md': commandPage,
  'docs/configuration.md': configurationPage,
  ...Object.fromEntries(
    readdirSync(`${ROOT}docs/plugins`).map((name) => {
      const page = `docs/plugins/${name}`;
      return [page, async () => withSources(await readFile(pathOf(page), 'utf8'))];
    }),
  ),
};

export const pathOf = (page: string): string => ROOT + page;

/** A page as it is to be, formatted as the repository's files are. */
export async function written(page: string): Promise<string> {
  return formatted((await writtenPages[page]?.()) ?? '');
}

const printed = async (...argv: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  if (exitCode !== 0) throw new Error(`The command farzi ${argv.join(' ')} failed: ${stderr}`);
  return stdout;
};

const WRITTEN = '<!-- Written by `pnpm docs:reference`; do not edit. -->';

async function commandPage(): Promise<string> {
  const help = await printed('--help');
  const names = [...help.matchAll(/^ {2}([a-z]+)(?= )/gm)].map(([, name = '']) => name);
  const commands = names.map((name) => (name === 'create' ? 'create plugin' : name));
  const sections = commands.map(async (command) => {
    const text = await printed(...command.split(' '), '--help');
    const [, usage = '', description = '', rest = ''] = /^Usage: (.*)\n\n([^]*?)\n\n([^]*)$/.exec(text) ?? [];
    return `## farzi ${command}\n\n${sentence(description.replaceAll('\n', ' '))}\n\n\`\`\`\n${usage}\n\n${rest.trim()}\n\`\`\``;
  });
  return `# The command

${WRITTEN}

\`\`\`sh
npm install @farzi/cli
npx farzi --help
\`\`\`

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted. Results go to stdout, progress and errors to stderr; errors have [a code](errors.md).

${(await Promise.all(sections)).join('\n\n')}
`;
}

interface Schema extends Omit<Property, 'items'> {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean;
  readonly anyOf?: readonly Schema[];
}

interface Contribution {
  readonly kind: string;
  readonly id: string;
  readonly options?: OptionsSchema;
}

async function configurationPage(): Promise<string> {
  const schema = JSON.parse(await printed('schema')) as Schema;
  const contributions = (JSON.parse(await printed('plugins', '--json')) as readonly Contribution[]).filter(
    ({ options }) => options !== undefined && optionRows(options).length > 0,
  );
  const [sections, plain] = [true, false].map((whole) =>
    Object.entries(schema.properties ?? {}).filter(([, { properties }]) => (properties !== undefined) === whole),
  ) as [[string, Schema][], [string, Schema][]];
  const kinds = [...new Set(contributions.map(({ kind }) => kind))].sort();
  return `# Configuration

${WRITTEN}

An experiment is a YAML or JSON file. \`farzi init DATA\` writes one, \`farzi validate FILE\` prints it with all defaults, \`farzi run FILE --print-config\` says where each value comes from, and \`farzi schema\` gives editors
the same as below as a JSON schema. \`--set KEY=VALUE\` overrides a value by its path, as in \`--set synthetic.sequences=20\`.

What is marked with * names a contribution: an id, or an object with \`id\` and the options of that contribution, which are [further down](#options-of-contributions). Plugins add more of them.

## Top level

${table(rowsOf({ ...schema, properties: Object.fromEntries(plain) }))}

${sections.map(([name, section]) => `## ${name}\n\n${section.description === undefined ? '' : `${sentence(section.description)}\n\n`}${table(rowsOf(section))}`).join('\n\n')}

## Options of contributions

${kinds
  .flatMap((kind) => [
    `### ${kind}`,
    ...contributions
      .filter((contribution) => contribution.kind === kind)
      .map(
        ({ id, options }) => `\`${id}\`\n\n${table(optionRows(options).map(([name = '', ...rest]) => [`\`${name.trim()}\``, ...rest]))}`,
      ),
  ])
  .join('\n\n')}
`;
}

/** A row for each key of a section, and for those of the sections in it. */
const rowsOf = ({ properties = {}, required = [] }: Schema, before = ''): string[][] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const key = `${before}${name}`;
    if (schema.properties !== undefined && schema.additionalProperties === false) return rowsOf(schema, `${key}.`);
    const usual = schema.default === undefined ? (required.includes(name) ? 'required' : '') : shown(schema.default);
    return [[`\`${key}\``, choicesOf(schema), usual, schema.description ?? '']];
  });

/** What a key may be, in words; ids of contributions where it names one. */
function choicesOf(schema: Schema): string {
  const { anyOf, items } = schema;
  if (items?.anyOf !== undefined) return `list of ${choicesOf(items)}`;
  if (anyOf === undefined) return valuesOf(schema);
  const ids = anyOf[0]?.enum;
  return ids === undefined ? anyOf.map(valuesOf).join(' or ') : `${ids.map(shown).join(', ')} *`;
}

/** A value as one writes it: a contribution without options by its id. */
function shown(value: unknown): string {
  const { id, ...options } = Object(value) as { readonly id?: string };
  if (typeof value === 'string') return `\`${value}\``;
  return `\`${id !== undefined && Object.keys(options).length === 0 ? id : JSON.stringify(value)}\``;
}

const table = (rows: readonly (readonly string[])[]): string =>
  [
    '| key | values | default | what |',
    '| --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll(/[|<]/g, '\\$&')).join(' | ')} |`),
  ].join('\n');

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`;

/**
 * A page whose blocks of code behind `source` comments are what these files hold: of a template, with the names of a
 * plugin that contributes the given id.
 */
async function withSources(text: string): Promise<string> {
  const marked = /(<!-- source: (\S+)(?: as (\S+))? -->\n\n```\w+\n)[^]*?```\n/g;
  const blocks = await Promise.all(
    [...text.matchAll(marked)].map(async ([, before = '', file = '', id]) => {
      const code = await readFile(pathOf(file), 'utf8');
      const kind = (/kinds\/([^/]+)\//.exec(file)?.[1] ?? 'model') as PluginKind;
      return `${before}${id === undefined ? code : withNames(code, { id, kind, name: `farzi-${kind}-${id}` })}\`\`\`\n`;
    }),
  );
  return text.replaceAll(marked, () => blocks.shift() ?? '');
}
