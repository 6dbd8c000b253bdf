import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { exportStudent, FarziError, loadDistilled, loadStudent, type Registry, writeWhole } from '@farzi/core';
import { exitCodes } from '../exit.js';
import { type TableFormat, tableFormats } from '../export/table-file.js';
import { type Table, tableOf, type TableOptions } from '../export/table.js';
import { countText } from '../format.js';
import type { Io } from '../io.js';
import { type PluginOptions, registryOf } from '../prepare.js';

/** Options of `farzi export`. */
export interface ExportOptions extends PluginOptions, Partial<TableOptions> {
  readonly format: TableFormat | 'onnx';
  /** File to write; by default named after what is exported, in the current folder. */
  readonly out?: string;
}

/** Options that only a table has. */
const TABLE_OPTIONS = ['tokens', 'copies', 'seed'] as const;

/** Writes distilled data as a table, or a student as an ONNX model. */
export async function exportFile(path: string, options: ExportOptions, { stdout }: Io): Promise<number> {
  const { format, out = `${basename(resolve(path)).replace(/\.(farzi|safetensors)$/, '')}.${format}` } = options;
  const registry = await registryOf(options);
  if (format === 'onnx') stdout.write(await exportModel(path, out, options, registry));
  else stdout.write(await exportTable(path, out, { ...options, format }, registry));
  return exitCodes.ok;
}

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
