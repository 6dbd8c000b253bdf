import { type FinishedRun, openRun, RandomStream, tokenizerOf } from '@farzi/core';
import { exitCodes } from '../exit.js';
import { sequenceJson } from '../inspect/json.js';
import { readSequence } from '../inspect/reading.js';
import { runText, sequenceText } from '../inspect/text.js';
import { itemWords, textWords, type Words } from '../inspect/words.js';
import type { Io } from '../io.js';
import { registryOf } from '../prepare.js';
import { widthOf } from '../wrap.js';

/** Options of `farzi inspect`. */
export interface InspectOptions {
  /** How many sequences, from the first. */
  readonly sequences: number;
  /** Positions whose likeliest tokens are listed. */
  readonly positions: number;
  /** Tokens listed per position. */
  readonly top: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Shows synthetic sequences of a run in words. */
export async function inspect(path: string, options: InspectOptions, { stdout }: Io): Promise<number> {
  const run = await openRun(path);
  const words = await wordsOf(run);
  const { data } = run.synthetic;
  const read = (sequence: number) =>
    // a stream for each, so that a sequence reads the same however many are shown
    readSequence(data, sequence, { ...options, stream: new RandomStream(options.seed, 'inspect').child(sequence) });
  const shown = Array.from({ length: Math.min(options.sequences, data.sequences) }, (_, sequence) => sequence);
  if (options.json === true) {
    const sequences = shown.map((sequence) => sequenceJson(sequence + 1, read(sequence), words));
    stdout.write(`${JSON.stringify({ run: path, inputs: data.inputs, sequences }, null, 2)}\n`);
    return exitCodes.ok;
  }
  const width = widthOf(stdout);
  stdout.write(runText(run, width));
  for (const sequence of shown) stdout.write(sequenceText(sequence + 1, read(sequence), { words, width, seed: options.seed }));
  return exitCodes.ok;
}

/** Only a text needs plugins to be read: its tokenizer is its dataset's. */
async function wordsOf(run: FinishedRun): Promise<Words> {
  if (run.synthetic.tokenizer === undefined) return itemWords(run.synthetic);
  const tokenizer = tokenizerOf(run, await registryOf(run));
  return tokenizer === undefined ? itemWords(run.synthetic) : textWords(run.synthetic, tokenizer);
}
