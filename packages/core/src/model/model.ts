import type { Tensor } from '@tensorflow/tfjs-core';
import type { Parameters, ParameterSpecs } from './parameters.js';
import type { Tokens } from './tokens.js';

/** What a model is built for. */
export interface ModelContext {
  readonly vocabularySize: number;
  /** Longest input, in tokens. */
  readonly maxLength: number;
}

/** What one forward pass may use besides parameters and tokens. */
export interface ForwardContext {
  /** Inverted dropout with a mask drawn from the caller's random stream; the identity outside training or at rate 0. */
  dropout<T extends Tensor>(x: T, rate: number): T;
}

/** An autoregressive model: pure functions of TensorFlow.js ops over a record of parameters. */
export interface Model<Specs extends ParameterSpecs = ParameterSpecs> {
  /** Shapes and initial distributions, by name; records and arrays nest. */
  readonly parameters: Specs;
  /** Next-token logits, `[batch, length, vocabulary]`. Position t may depend on tokens 0..t only. */
  logits(parameters: Parameters<Specs>, tokens: Tokens, context: ForwardContext): Tensor;
  /**
   * Optional split of `logits` into hidden states `[batch, length, width]` and an output table `[vocabulary, width]`
   * with `logits = hidden · tableᵀ`. Needed for teacher initialisation and arms that ask a teacher; lets evaluation
   * score single positions without computing all logits.
   */
  readonly factors?: {
    hidden(parameters: Parameters<Specs>, tokens: Tokens, context: ForwardContext): Tensor;
    outputTable(parameters: Parameters<Specs>): Tensor;
  };
}

/** Types the functions of a model by its parameter specifications. */
export function model<const Specs extends ParameterSpecs>(definition: Model<Specs>): Model {
  return definition;
}
