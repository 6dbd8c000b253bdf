import type { Tokenizer } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { Generator } from '../generation/generator.js';
import { readPrompt } from '../generation/prompt.js';
import type { SamplingOptions } from '../generation/sample.js';
import { RandomStream } from '../random/stream.js';
import type { Student } from './student.js';

/** What to continue, and how. */
export interface PromptRequest extends SamplingOptions {
  readonly prompt: string;
  /** Tokens to add. */
  readonly tokens: number;
  readonly seed: number;
}

/** The tokens of a prompt, and then those of its continuation, one by one. */
async function* tokensOf(student: Student, tokenizer: Tokenizer, engine: Engine, request: PromptRequest): AsyncGenerator<Iterable<number>> {
  const { tokens: prompt } = readPrompt(request.prompt, tokenizer);
  yield prompt;
  const generator = await Generator.compile(engine, student.traced(), student.maxLength);
  try {
    const stream = new RandomStream(request.seed, 'generate');
    for await (const token of generator.generate(student.weights, { ...request, prompt, banned: [tokenizer.unknown], stream }))
      yield [token];
  } finally {
    await generator.dispose();
  }
}

/**
 * Continues a prompt with one student, token by token; stop iterating to stop writing.
 *
 * @returns prompt and continuation so far: first the prompt alone, then after each token
 * @throws FARZI_PROMPT when nothing of the prompt is known
 */
export async function* continuing(student: Student, tokenizer: Tokenizer, engine: Engine, request: PromptRequest): AsyncGenerator<string> {
  const written: number[] = [];
  for await (const tokens of tokensOf(student, tokenizer, engine, request)) {
    written.push(...tokens);
    yield tokenizer.decode(written);
  }
}

/**
 * Continues a prompt with one student.
 *
 * @returns prompt and continuation
 * @throws FARZI_PROMPT when nothing of the prompt is known
 */
export async function continueWith(student: Student, tokenizer: Tokenizer, engine: Engine, request: PromptRequest): Promise<string> {
  const written: number[] = [];
  for await (const tokens of tokensOf(student, tokenizer, engine, request)) written.push(...tokens);
  return tokenizer.decode(written);
}
