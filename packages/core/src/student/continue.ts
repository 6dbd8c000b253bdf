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

/**
 * Continues a prompt with one student, token by token; stop iterating to stop writing.
 *
 * @returns prompt and continuation so far, after each token
 * @throws FARZI_PROMPT when nothing of the prompt is known
 */
export async function* continuing(student: Student, tokenizer: Tokenizer, engine: Engine, request: PromptRequest): AsyncGenerator<string> {
  const { tokens: prompt } = readPrompt(request.prompt, tokenizer);
  const generator = await Generator.compile(engine, student.traced(), student.maxLength);
  try {
    const written = [...prompt];
    const stream = new RandomStream(request.seed, 'generate');
    const banned = [tokenizer.unknown];
    for await (const token of generator.generate(student.weights, { ...request, prompt, banned, stream })) {
      written.push(token);
      yield tokenizer.decode(written);
    }
  } finally {
    await generator.dispose();
  }
}

/**
 * Continues a prompt with one student.
 *
 * @returns prompt and continuation
 * @throws FARZI_PROMPT when nothing of the prompt is known
 */
export async function continueWith(student: Student, tokenizer: Tokenizer, engine: Engine, request: PromptRequest): Promise<string> {
  let text = tokenizer.decode([...readPrompt(request.prompt, tokenizer).tokens]);
  for await (const longer of continuing(student, tokenizer, engine, request)) text = longer;
  return text;
}
