import type { Tensor } from '@tensorflow/tfjs-core';
import { tableLogits } from './layers.js';
import { type ForwardContext, type Model, model } from './model.js';
import type { Parameters, ParameterSpecs } from './parameters.js';
import type { Tokens } from './tokens.js';

/** A model whose logits are hidden states times an output table. */
export interface FactoredModel<Specs extends ParameterSpecs> {
  readonly parameters: Specs;
  /** `[batch, length, width]` */
  hidden(parameters: Parameters<Specs>, tokens: Tokens, context: ForwardContext): Tensor;
  /** `[vocabulary, width]` */
  outputTable(parameters: Parameters<Specs>): Tensor;
}

/** Makes a model of hidden states and an output table, with logits and factors. */
export function factoredModel<const Specs extends ParameterSpecs>({ parameters, hidden, outputTable }: FactoredModel<Specs>): Model {
  return model({
    parameters,
    logits: (weights, tokens, context) => tableLogits(hidden(weights, tokens, context), outputTable(weights)),
    factors: { hidden, outputTable },
  });
}
