import { addN, concat, div, type Tensor } from '@tensorflow/tfjs-core';
import type { Model } from './model.js';
import type { Parameters, ParameterSpecs } from './parameters.js';
import { TracedModel } from './traced-model.js';

type Specs = { readonly members: readonly ParameterSpecs[] };

/**
 * Several models of one architecture whose logits are averaged, as one model: its flat weights are those of the members,
 * one after the other. Logits that are a product of factors stay one, of as many times the width.
 */
export function ensembleOf(traced: TracedModel, members: number): TracedModel {
  return members === 1 ? traced : traced.once(`${members} of it`, () => new TracedModel(ensembleModel(traced.model, members)));
}

/**
 * How many models some flat weights are those of, one after the other.
 *
 * @throws TypeError for weights of another architecture
 */
export function membersIn({ layout }: TracedModel, weights: Float32Array): number {
  const members = weights.length / layout.size;
  if (Number.isInteger(members) && members > 0) return members;
  throw new TypeError(`There are ${weights.length} weights, and not those of one or several models of ${layout.size} each.`);
}

function ensembleModel(one: Model, members: number): Model {
  const { factors } = one;
  const each = <T extends Tensor>(parameters: Parameters<ParameterSpecs>, of: (own: Parameters<ParameterSpecs>) => T): T[] =>
    (parameters as Parameters<Specs>).members.map(of);
  const joined = (parts: Tensor[]): Tensor => concat(parts, -1);
  return {
    parameters: { members: Array.from({ length: members }, () => one.parameters) },
    logits: (parameters, tokens, context) => div(addN(each(parameters, (own) => one.logits(own, tokens, context))), members),
    ...(factors === undefined
      ? {}
      : {
          factors: {
            hidden: (parameters, tokens, context) => joined(each(parameters, (own) => factors.hidden(own, tokens, context))),
            outputTable: (parameters) => div(joined(each(parameters, (own) => factors.outputTable(own))), members),
          },
        }),
  };
}
