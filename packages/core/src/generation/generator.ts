import { disposeAll, type Engine, type EngineTensor, type Executable } from '../engine/engine.js';
import { splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import { program } from '../program/program.js';
import type { RandomStream } from '../random/stream.js';
import type { TracedModel } from '../model/traced-model.js';
import { names } from '../unroll/programs.js';
import { sampleToken, type SamplingOptions } from './sample.js';

/** What to write. */
export interface GenerationRequest extends SamplingOptions {
  /** At least one token to go on from. */
  readonly prompt: Int32Array;
  /** Tokens to add. */
  readonly tokens: number;
  /** Tokens that are never written. */
  readonly banned: readonly number[];
  readonly stream: RandomStream;
}

/** A model that continues sequences, token by token. */
export class Generator {
  private constructor(
    private readonly engine: Engine,
    private readonly executable: Executable<'logits'>,
    private readonly length: number,
  ) {}

  /** @param length - the longest context that the model reads */
  static async compile(engine: Engine, traced: TracedModel, length: number): Promise<Generator> {
    const graph = new Graph();
    const weights = graph.input(names.weights, [traced.layout.size]);
    const ids = graph.input('ids', [1, length], 'int32');
    const position = graph.input('position', [1], 'int32');
    const logits = traced.logitsAt(splitParameters(traced.layout, weights), { kind: 'hard', ids }, position);
    return new Generator(engine, await engine.compile(program('next token', [weights, ids, position], { logits })), length);
  }

  /** Goes on from a prompt, one token at a time; stop iterating to stop writing. */
  async *generate(weights: Float32Array, request: GenerationRequest): AsyncGenerator<number> {
    const uploaded = this.engine.upload(weights, [weights.length]);
    const tokens = [...request.prompt];
    try {
      for (let written = 0; written < request.tokens; written++) {
        const logits = await this.#next(uploaded, tokens.slice(-this.length));
        const token = sampleToken(logits, request, request.stream, request.banned);
        tokens.push(token);
        yield token;
      }
    } finally {
      uploaded.dispose();
    }
  }

  async #next(weights: EngineTensor, context: readonly number[]): Promise<Float32Array> {
    const ids = new Int32Array(this.length);
    ids.set(context);
    const inputs = {
      ids: this.engine.upload(ids, [1, this.length]),
      position: this.engine.upload(Int32Array.of(context.length - 1), [1]),
    };
    const outputs = await this.executable.run({ [names.weights]: weights, ...inputs });
    const logits = Float32Array.from(await this.engine.download(outputs.logits));
    disposeAll(inputs);
    disposeAll(outputs);
    return logits;
  }

  dispose(): Promise<void> {
    return this.executable.dispose();
  }
}
