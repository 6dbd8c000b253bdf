import { RandomStream } from '@farzi/core';
import { exitCodes } from '../exit.js';
import { sequenceJson } from '../inspect/json.js';
import { readSequence } from '../inspect/reading.js';
import { runText, sequenceText } from '../inspect/text.js';
import { wordsOf } from '../inspect/words.js';
import type { Io } from '../io.js';
import type { PluginOptions } from '../prepare.js';
import { reading } from '../reading.js';
import { widthOf } from '../wrap.js';

/** Options of `farzi inspect`. */
export interface InspectOptions extends PluginOptions {
  /** How many sequences, from the first. */
  readonly sequences: number;
  /** Positions whose likeliest tokens are listed. */
  readonly positions: number;
  /** Tokens listed per position. */
  readonly top: number;
  readonly seed: number;
  /** Show targets that the input already holds, too. */
  readonly withSeen?: boolean;
  readonly json?: boolean;
}

/** Shows synthetic sequences of a run in words. */
export async function inspect(path: string, options: InspectOptions, { stdout, stderr }: Io): Promise<number> {
  const { run, words } = await reading(path, options, { stderr }, (run, registry) =>
    Promise.resolve({ run, words: wordsOf(run, registry) }),
  );
  const { data } = run.synthetic;
  const maskSeen = run.config.task === 'recommendation' && data.inputs === 'hard' && options.withSeen !== true;
  const read = (sequence: number) =>
    // a stream for each, so that a sequence reads the same however many are shown
    readSequence(data, sequence, { ...options, maskSeen, stream: new RandomStream(options.seed, 'inspect').child(sequence) });
  const shown = Array.from({ length: Math.min(options.sequences, data.sequences) }, (_, sequence) => sequence);
  if (options.json === true) {
    const sequences = shown.map((sequence) => sequenceJson(sequence + 1, read(sequence), words));
    stdout.write(`${JSON.stringify({ run: path, inputs: data.inputs, seenLeftOut: maskSeen, sequences }, null, 2)}\n`);
    return exitCodes.ok;
  }
  const width = widthOf(stdout);
  stdout.write(runText(run, { width, maskSeen }));
  for (const sequence of shown) stdout.write(sequenceText(sequence + 1, read(sequence), { words, width, seed: options.seed }));
  return exitCodes.ok;
}
