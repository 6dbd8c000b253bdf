import { stat } from 'node:fs/promises';
import {
  continueText,
  continueWith,
  FarziError,
  type FinishedRun,
  loadStudent,
  readPrompt,
  type Registry,
  requireTokenizer,
  type Tokenizer,
  tokenizerOfStudent,
} from '@farzi/core';
import { arms } from '../arms.js';
import { type EngineOptions, onEngine } from '../engine.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { printable } from '../printable.js';
import { type PluginOptions, registryOf } from '../prepare.js';
import { reading } from '../reading.js';
import { widthOf, wrapped } from '../wrap.js';

/** Options of `farzi generate`. */
export interface GenerateOptions extends PluginOptions, EngineOptions {
  readonly prompt: string;
  /** Tokens to add. */
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly seed: number;
  /** Kinds of data whose students write. */
  readonly data?: readonly string[];
}

const USUAL_DATA = [arms.distilled, arms.full] as const;

/**
 * Continues a prompt with one student, or with those of a run, each from the same draws, so that one can see what the
 * distilled data taught.
 */
export async function generate(path: string, options: GenerateOptions, io: Io): Promise<number> {
  if ((await stat(path).catch(() => undefined))?.isFile() === true) await writeWithStudent(path, options, io);
  else await reading(path, options, io, (run, registry) => writeWithRun(run, registry, options, io));
  return exitCodes.ok;
}

async function writeWithStudent(path: string, options: GenerateOptions, { stdout, stderr }: Io): Promise<void> {
  if (options.data !== undefined) {
    throw new FarziError('FARZI_USAGE', `--data ${options.data.join(',')}: ${path} is one student, and no run to choose students of.`, {
      hint: 'Leave --data out, or give a run directory.',
    });
  }
  const registry = await registryOf(options);
  const student = await loadStudent(path, { models: registry.all('model') });
  const tokenizer = tokenizerOfStudent(student, path, registry);
  noteUnknown(options.prompt, tokenizer, stderr);
  const text = await onEngine(registry, options, (engine) => continueWith(student, tokenizer, engine, options));
  stdout.write(`${student.model.definition.id}, from ${path}\n${wrapped(printable(text), widthOf(stdout), '  ')}`);
}

async function writeWithRun(run: FinishedRun, registry: Registry, options: GenerateOptions, { stdout, stderr }: Io): Promise<void> {
  noteUnknown(options.prompt, requireTokenizer(run, registry), stderr);
  const data = options.data ?? usualData(run, (text) => stderr.write(`note: ${text}\n`));
  const { engine = run.config.engine, threads = run.config.threads } = options;
  await onEngine(registry, { engine, threads }, async (chosen) => {
    let between = '';
    for await (const { student, data: learned, text } of continueText(run, registry, chosen, { ...options, arms: data })) {
      stdout.write(`${between}${student}, trained on ${learned} data\n${wrapped(printable(text), widthOf(stdout), '  ')}`);
      between = '\n';
    }
  });
}

function noteUnknown(prompt: string, tokenizer: Tokenizer, stderr: Io['stderr']): void {
  const { tokens, unknown } = readPrompt(prompt, tokenizer);
  if (unknown === 0) return;
  const read = printable(tokenizer.decode(tokens));
  stderr.write(`note: The vocabulary lacks ${unknown} of ${tokens.length} tokens of the prompt, which students read as "${read}".\n`);
}

/** Distilled and full data, as far as the run has students on them. */
function usualData({ config }: FinishedRun, note: (text: string) => void): readonly string[] {
  const trained = (data: string): boolean => config.evaluation.arms.some(({ id }) => id === data);
  const usual = USUAL_DATA.filter(trained);
  if (usual.length === 0) return USUAL_DATA;
  for (const data of USUAL_DATA) if (!trained(data)) note(`This run trains no student on ${data} data: it is not in evaluation.arms.`);
  return usual;
}
