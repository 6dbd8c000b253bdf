import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import {
  type ConfiguredModel,
  exportStudent,
  FarziError,
  loadDistilled,
  loadStudent,
  modelFrom,
  type Registry,
  resolveExperiment,
  type SyntheticPackage,
  writeWhole,
} from '@farzi/core';
import { exitCodes } from '../exit.js';
import { pageModels } from '../export/site.js';
import { type TableFormat, tableFormats } from '../export/table-file.js';
import { type Table, tableOf, type TableOptions } from '../export/table.js';
import { writeWebFolder } from '../export/web-folder.js';
import { countText } from '../format.js';
import type { Io } from '../io.js';
import { type PluginOptions, registryOf, type SetOptions } from '../prepare.js';
import { reading } from '../reading.js';
import { quoted } from '../shell.js';

/** Options of `farzi export`. */
export interface ExportOptions extends PluginOptions, SetOptions, Partial<TableOptions> {
  readonly format?: TableFormat | 'onnx';
  /** Folder of a page to write instead. */
  readonly web?: string;
  /** What the page trains, and what it is called. */
  readonly model?: string;
  readonly title?: string;
  /** File to write; by default named after what is exported, in the current folder. */
  readonly out?: string;
}

/** Options that only a table has. */
const TABLE_OPTIONS = ['tokens', 'copies', 'seed'] as const;

/** Options that only a page has. */
const PAGE_OPTIONS = ['model', 'title', 'set'] as const;

/** Writes distilled data as a table or a page, or a student as an ONNX model. */
export async function exportFile(path: string, options: ExportOptions, io: Io): Promise<number> {
  const { stdout } = io;
  if (options.web !== undefined) {
    stdout.write(await exportPage(path, options.web, options, io));
    return exitCodes.ok;
  }
  const meaningless = PAGE_OPTIONS.find((name) => options[name] !== undefined);
  if (meaningless !== undefined || options.format === undefined)
    throw new FarziError(
      'FARZI_USAGE',
      meaningless === undefined
        ? 'Neither --format nor --web says what to write.'
        : `--${meaningless} is about a page, which --web writes.`,
      { hint: 'Give --format jsonl, csv, parquet or onnx, or --web and a folder.' },
    );
  const { format } = options;
  const { out = `${basename(resolve(path)).replace(/\.(farzi|safetensors)$/, '')}.${format}` } = options;
  const registry = await registryOf(options);
  if (format === 'onnx') stdout.write(await exportModel(path, out, options, registry));
  else stdout.write(await exportTable(path, out, { ...options, format }, registry));
  return exitCodes.ok;
}

async function exportPage(path: string, folder: string, options: ExportOptions, io: Io): Promise<string> {
  const meaningless = [...TABLE_OPTIONS, 'top' as const, 'format' as const, 'out' as const].find((name) => options[name] !== undefined);
  if (meaningless !== undefined)
    throw new FarziError('FARZI_USAGE', `--${meaningless} is about a file, and --web writes the folder of a page.`, {
      hint: `Leave --${meaningless} out.`,
    });
  const { synthetic, model, batchSize } = await pageParts(path, options, io);
  const { id } = model.definition;
  const known = pageModels.map((each) => each.id);
  if (!known.includes(id))
    throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `Pages do not have the model "${id}".`, {
      hint: `Give --model with one of ${known.join(', ')}: a student may be another model than what the data were distilled with.`,
    });
  const title = options.title ?? `Farzi data of ${synthetic.provenance.dataset}`;
  const bytes = await writeWebFolder(folder, synthetic, { title, model: { id, options: model.options }, training: batchSize, seed: 1 });
  return `Wrote a page that trains ${id} on ${countText(synthetic.data.sequences)} sequences of ${countText(bytes)} bytes to ${folder}. Any static web server will do, such as:\n  npx serve ${quoted(folder)}\n`;
}

/** The data of a page, the student that it trains, and how. */
interface PageParts {
  readonly synthetic: SyntheticPackage;
  readonly model: ConfiguredModel;
  readonly batchSize: { readonly batchSize?: number };
}

async function pageParts(path: string, options: ExportOptions, io: Io): Promise<PageParts> {
  const chosen = (registry: Registry, id: string): ConfiguredModel => modelFrom(registry, id, options.set ?? []);
  if (!(await isRun(path))) {
    const registry = await registryOf(options);
    const synthetic = await loadDistilled(path, registry.all('codec'));
    return { synthetic, model: chosen(registry, options.model ?? synthetic.provenance.model), batchSize: {} };
  }
  return reading(path, options, io, ({ config, synthetic }, registry) => {
    const { students, training } = resolveExperiment(config, registry);
    const [first] = students;
    const model = options.model === undefined && options.set === undefined ? first : undefined;
    return Promise.resolve({
      synthetic,
      model: model ?? chosen(registry, options.model ?? first?.definition.id ?? synthetic.provenance.model),
      batchSize: { batchSize: training.batchSize },
    });
  });
}

const isRun = async (path: string): Promise<boolean> => (await stat(join(path, 'config.yaml')).catch(() => undefined)) !== undefined;

async function exportModel(path: string, out: string, options: ExportOptions, registry: Registry): Promise<string> {
  const meaningless = TABLE_OPTIONS.find((name) => options[name] !== undefined);
  if (meaningless !== undefined)
    throw new FarziError('FARZI_USAGE', `--${meaningless} is about the tokens of a table, and --format onnx exports a student.`, {
      hint: `Leave --${meaningless} out.`,
    });
  if (await isFolder(path))
    throw new FarziError('FARZI_USAGE', `The path ${path} is a folder, and --format onnx exports a student, which is a file.`, {
      hint: `Give a file that student.save wrote; those of a run are in ${join(path, 'students')}.`,
    });
  const student = await loadStudent(path, { models: registry.all('model') });
  await writeWhole(out, exportStudent(student, options.top === undefined ? {} : { k: options.top }));
  return `Wrote the student ${student.model.definition.id}, which reads up to ${student.maxLength} tokens, to ${out}.\n`;
}

async function exportTable(
  path: string,
  out: string,
  { format, tokens = 'argmax', copies = 1, seed = 1, top = 0 }: ExportOptions & { readonly format: TableFormat },
  registry: Registry,
): Promise<string> {
  const synthetic = await loadDistilled(path, registry.all('codec'));
  const { columns, rows } = tableOf(synthetic, { tokens, copies, seed, top });
  let count = 0;
  const counted: Table = {
    columns,
    *rows() {
      for (const row of rows()) {
        count++;
        yield row;
      }
    },
  };
  await writeWhole(out, tableFormats[format](counted));
  return `Wrote ${countText(count)} rows of ${countText(columns.length)} columns to ${out}.\n`;
}

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() === true;
