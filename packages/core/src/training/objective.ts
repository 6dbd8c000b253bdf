import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { mul } from '@tensorflow/tfjs-core';
import type { ParameterLayout } from '../model/layout.js';
import { layoutOf, parameterRecord, splitParameters } from '../model/layout.js';
import type { ForwardContext, Model } from '../model/model.js';
import type { Tokens } from '../model/tokens.js';
import * as e from '../program/expressions.js';
import { Graph, type Node, sizeOf } from '../program/graph.js';
import { trace, type TraceScope } from '../program/trace.js';
import type { ArgumentSpecs, NamedNodes } from '../unroll/problem.js';

/** Token ids `[batch, length]` (int32), or distributions `[batch, length, vocabulary]`, as nodes. */
export type TokenNodes = { readonly kind: 'hard'; readonly ids: Node } | { readonly kind: 'soft'; readonly probabilities: Node };

/** A place where a model drops units: the shape of its mask and the rate. */
export interface DropoutSite {
  readonly shape: readonly number[];
  readonly rate: number;
}

const dropoutName = (index: number): string => `dropout.${index}`;

/** The masks of a model's dropout sites as batch arguments. */
export function dropoutSpecs(sites: readonly DropoutSite[]): ArgumentSpecs {
  return Object.fromEntries(sites.map(({ shape }, index) => [dropoutName(index), { shape }]));
}

function tensorTokens(scope: TraceScope, tokens: TokenNodes): Tokens {
  return tokens.kind === 'hard'
    ? { kind: 'hard', ids: scope.tensor(tokens.ids) as Tensor2D }
    : { kind: 'soft', probabilities: scope.tensor(tokens.probabilities) as Tensor3D };
}

const withoutDropout: ForwardContext = { dropout: (x) => x };

/** A model seen from the side of training: nodes in, nodes out. */
export class TracedModel {
  readonly layout: ParameterLayout;

  constructor(readonly model: Model) {
    this.layout = layoutOf(model.parameters);
  }

  /** Next-token logits `[batch, length, vocabulary]`. `masks` holds the dropout masks; without it nothing is dropped. */
  logits(parameters: readonly Node[], tokens: TokenNodes, masks?: NamedNodes): Node {
    let site = 0;
    return this.#run(parameters, tokens, (record, input, scope) =>
      this.model.logits(
        record,
        input,
        masks === undefined
          ? withoutDropout
          : { dropout: (x, rate) => (rate === 0 ? x : mul(x, scope.tensor(masks[dropoutName(site++)] as Node) as typeof x)) },
      ),
    );
  }

  /** Logits at some rows of the flattened `[batch · length]` positions: `[rows, vocabulary]`. */
  logitsAt(parameters: readonly Node[], tokens: TokenNodes, rows: Node): Node {
    const { factors } = this.model;
    if (factors === undefined) {
      const all = this.logits(parameters, tokens);
      return e.gather(e.reshape(all, [-1, all.shape.at(-1) as number]), rows);
    }
    const hidden = this.hidden(parameters, tokens);
    return e.matMul(e.gather(e.reshape(hidden, [-1, hidden.shape.at(-1) as number]), rows), this.outputTable(parameters), false, true);
  }

  /** Hidden states `[batch, length, width]` of a model that has `factors`. */
  hidden(parameters: readonly Node[], tokens: TokenNodes): Node {
    return this.#run(parameters, tokens, (record, input) => (this.model.factors as NonNullable<Model['factors']>).hidden(record, input, withoutDropout));
  }

  /** Output table `[vocabulary, width]` of a model that has `factors`. */
  outputTable(parameters: readonly Node[]): Node {
    const { graph } = parameters[0] as Node;
    return trace(graph, (scope) => scope.node((this.model.factors as NonNullable<Model['factors']>).outputTable(this.#record(parameters, scope))));
  }

  /** The dropout sites of a forward pass over `[batch, length]` tokens. */
  dropoutSites(batch: number, length: number): DropoutSite[] {
    const graph = new Graph();
    const sites: DropoutSite[] = [];
    const parameters = splitParameters(this.layout, graph.input('weights', [this.layout.size]));
    this.#run(parameters, { kind: 'hard', ids: graph.input('ids', [batch, length], 'int32') }, (record, input) =>
      this.model.logits(record, input, {
        dropout: (x, rate) => {
          if (rate !== 0) sites.push({ shape: x.shape, rate });
          return x;
        },
      }),
    );
    return sites;
  }

  #run(parameters: readonly Node[], tokens: TokenNodes, body: (record: never, input: Tokens, scope: TraceScope) => Tensor): Node {
    const { graph } = parameters[0] as Node;
    return trace(graph, (scope) => scope.node(body(this.#record(parameters, scope), tensorTokens(scope, tokens), scope)));
  }

  #record(parameters: readonly Node[], scope: TraceScope): never {
    return parameterRecord(
      this.model.parameters,
      parameters.map((node) => scope.tensor(node)),
    ) as never;
  }
}

/** Weighted mean of per-row losses; weights `[rows]` mark real positions with 1 and padding with 0. */
function weightedMean(losses: Node, weights: Node): Node {
  return e.divide(e.sum(e.multiply(losses, weights)), e.maximum(e.sum(weights), 1));
}

/**
 * Mean cross-entropy against token ids.
 *
 * @param logits - `[batch, length, vocabulary]`
 * @param targets - int32 `[batch, length]`
 * @param weights - `[batch, length]`
 */
export function hardCrossEntropy(logits: Node, targets: Node, weights: Node): Node {
  const vocabulary = logits.shape.at(-1) as number;
  const rows = sizeOf(targets.shape);
  const flat = e.reshape(logits, [rows, vocabulary]);
  const offsets = e.constant(
    logits,
    Int32Array.from({ length: rows }, (_, row) => row * vocabulary),
    [rows],
    'int32',
  );
  const chosen = e.gather(e.flatten(flat), e.add(offsets, e.flatten(targets)));
  return weightedMean(e.subtract(e.logSumExp(flat), chosen), e.flatten(weights));
}

/**
 * Mean cross-entropy against distributions whose rows sum to 1, written as `logSumExp(z) - Σ p z`: its derivative is then `softmax(z) - p`.
 *
 * @param logits - `[batch, length, vocabulary]`
 * @param targets - `[batch, length, vocabulary]`
 * @param weights - `[batch, length]`
 */
export function softCrossEntropy(logits: Node, targets: Node, weights: Node): Node {
  const shape = [sizeOf(weights.shape), logits.shape.at(-1) as number];
  const flat = e.reshape(logits, shape);
  const expected = e.sum(e.multiply(e.reshape(targets, shape), flat), [1]);
  return weightedMean(e.subtract(e.logSumExp(flat), expected), e.flatten(weights));
}
