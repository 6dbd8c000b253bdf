import { continueText, type FinishedRun, openRun, readPrompt, type Registry, requireTokenizer, selectEngine } from '@farzi/core';
import { arms } from '../arms.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { printable } from '../printable.js';
import { reading, type ReadingOptions } from '../reading.js';
import { widthOf, wrapped } from '../wrap.js';

/** Options of `farzi generate`. */
export interface GenerateOptions extends ReadingOptions {
  readonly prompt: string;
  /** Tokens to add. */
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly seed: number;
  /** Kinds of data whose students write. */
  readonly data?: readonly string[];
  readonly engine?: string;
  readonly threads?: number;
}

const USUAL_DATA = [arms.distilled, arms.full] as const;

/**
 * Continues a prompt with students of a run, each from the same draws, so that one can see what the distilled data
 * taught.
 */
export async function generate(path: string, options: GenerateOptions, io: Io): Promise<number> {
  const run = await openRun(path);
  await reading(run, options, io, (registry) => write(run, registry, options, io));
  return exitCodes.ok;
}

async function write(run: FinishedRun, registry: Registry, options: GenerateOptions, { stdout, stderr }: Io): Promise<void> {
  const tokenizer = requireTokenizer(run, registry);
  const { tokens, unknown } = readPrompt(options.prompt, tokenizer);
  if (unknown > 0) {
    const read = printable(tokenizer.decode(tokens));
    stderr.write(`note: not in the vocabulary: ${unknown} of ${tokens.length} tokens of the prompt; students read: ${read}\n`);
  }
  const data = options.data ?? usualData(run, (text) => stderr.write(`note: ${text}\n`));
  const { config } = run;
  const { engine } = await selectEngine(registry.all('engine'), options.engine ?? config.engine, options.threads ?? config.threads);
  try {
    let between = '';
    for await (const { student, data: learned, text } of continueText(run, registry, engine, { ...options, arms: data })) {
      stdout.write(`${between}${student}, trained on ${learned} data\n${wrapped(printable(text), widthOf(stdout), '  ')}`);
      between = '\n';
    }
  } finally {
    await engine.dispose();
  }
}

/** Distilled and full data, as far as the run has students on them. */
function usualData({ config }: FinishedRun, note: (text: string) => void): readonly string[] {
  const trained = (data: string): boolean => config.evaluation.arms.some(({ id }) => id === data);
  const usual = USUAL_DATA.filter(trained);
  if (usual.length === 0) return USUAL_DATA;
  for (const data of USUAL_DATA) if (!trained(data)) note(`this run trains no student on ${data} data: it is not in evaluation.arms`);
  return usual;
}
