import { exitCodes } from '../exit.js';
import { sequenceJson } from '../inspect/json.js';
import { readSequences, type RunReadingOptions } from '../inspect/reading.js';
import { runText, sequenceText } from '../inspect/text.js';
import { wordsOf } from '../inspect/words.js';
import type { Io } from '../io.js';
import type { PluginOptions } from '../prepare.js';
import { reading } from '../reading.js';
import { widthOf } from '../wrap.js';

/** Options of `farzi inspect`. */
export interface InspectOptions extends PluginOptions, RunReadingOptions {
  readonly json?: boolean;
}

/** Shows synthetic sequences of a run in words. */
export async function inspect(path: string, options: InspectOptions, { stdout, stderr }: Io): Promise<number> {
  const { run, words } = await reading(path, options, { stderr }, (run, registry) =>
    Promise.resolve({ run, words: wordsOf(run, registry) }),
  );
  const { maskSeen, readings } = readSequences(run, options);
  if (options.json === true) {
    const sequences = readings.map((each, index) => sequenceJson(index + 1, each, words));
    stdout.write(`${JSON.stringify({ run: path, inputs: run.synthetic.data.inputs, seenLeftOut: maskSeen, sequences }, null, 2)}\n`);
    return exitCodes.ok;
  }
  const width = widthOf(stdout);
  stdout.write(runText(run, { width, maskSeen }));
  for (const [index, each] of readings.entries()) stdout.write(sequenceText(index + 1, each, { words, width, seed: options.seed }));
  return exitCodes.ok;
}
