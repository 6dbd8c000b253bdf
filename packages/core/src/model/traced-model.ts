import { mul, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { buildModel, type ConfiguredModel, type ModelDefinition } from './definition.js';
import { layoutOf, type ParameterLayout, parameterRecord, splitParameters } from './layout.js';
import type { ForwardContext, Model, ModelContext } from './model.js';
import type { Tokens } from './tokens.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { trace, type TraceScope } from '../program/trace.js';
import type { ArgumentSpecs, NamedNodes } from '../program/record.js';
import { MadeOnce } from '../options/made-once.js';

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

/** Multiplies each site by its mask, in the order in which the model drops. */
function maskedBy(masks: NamedNodes, scope: TraceScope): ForwardContext {
  let site = 0;
  return { dropout: (x, rate) => (rate === 0 ? x : mul(x, scope.tensor(masks[dropoutName(site++)] as Node) as typeof x)) };
}

/**
 * Predictions for rows of positions: logits `[rows, vocabulary]`, and where the model has them the factors `[rows,
 * width]` and `[vocabulary, width]` they are a product of.
 */
export interface Predictions {
  readonly logits: Node;
  readonly factors?: { readonly hidden: Node; readonly table: Node };
}

/** `[batch, length, n]` as `[batch · length, n]`. */
export const asRows = (x: Node): Node => e.reshape(x, [-1, x.shape.at(-1) as number]);

/** A model seen from the side of training: nodes in, nodes out. */
export class TracedModel {
  readonly layout: ParameterLayout;
  readonly #recorded = new Map<string, unknown>();

  constructor(readonly model: Model) {
    this.layout = layoutOf(model.parameters);
  }

  /** What was recorded of the model under a name, recorded where that is the first time: to record it takes long. */
  once<T>(name: string, record: () => T): T {
    if (!this.#recorded.has(name)) this.#recorded.set(name, record());
    return this.#recorded.get(name) as T;
  }

  /**
   * What the model predicts for every position of `[batch, length]` tokens. `masks` holds the dropout masks; without it
   * nothing is dropped.
   */
  predictions(parameters: readonly Node[], tokens: TokenNodes, masks?: NamedNodes): Predictions {
    const { factors } = this.model;
    if (factors === undefined) return { logits: this.ownLogits(parameters, tokens, masks) };
    const hidden = asRows(this.#run(parameters, tokens, masks, (record, input, context) => factors.hidden(record, input, context)));
    const table = this.outputTable(parameters);
    return { logits: e.matMul(hidden, table, false, true), factors: { hidden, table } };
  }

  /** The same logits by the model's own function, `[rows, vocabulary]`. */
  ownLogits(parameters: readonly Node[], tokens: TokenNodes, masks?: NamedNodes): Node {
    return asRows(this.#run(parameters, tokens, masks, (record, input, context) => this.model.logits(record, input, context)));
  }

  /** Logits at some rows of the flattened `[batch · length]` positions: `[rows, vocabulary]`. */
  logitsAt(parameters: readonly Node[], tokens: TokenNodes, rows: Node): Node {
    const { logits, factors } = this.predictions(parameters, tokens);
    return factors === undefined ? e.gather(logits, rows) : e.matMul(e.gather(factors.hidden, rows), factors.table, false, true);
  }

  /** Output table `[vocabulary, width]` of a model that has `factors`. */
  outputTable(parameters: readonly Node[]): Node {
    const { graph } = parameters[0] as Node;
    return trace(graph, (scope) =>
      scope.node((this.model.factors as NonNullable<Model['factors']>).outputTable(this.#record(parameters, scope))),
    );
  }

  /** The dropout sites of a forward pass over `[batch, length]` tokens. */
  dropoutSites(batch: number, length: number): readonly DropoutSite[] {
    return this.once(`dropout sites of ${batch} x ${length}`, () => this.#dropoutSites(batch, length));
  }

  #dropoutSites(batch: number, length: number): DropoutSite[] {
    const graph = new Graph();
    const sites: DropoutSite[] = [];
    const parameters = splitParameters(this.layout, graph.input('weights', [this.layout.size]));
    const noting: ForwardContext = {
      dropout: (x, rate) => {
        if (rate !== 0) sites.push({ shape: x.shape, rate });
        return x;
      },
    };
    this.#run(parameters, { kind: 'hard', ids: graph.input('ids', [batch, length], 'int32') }, undefined, (record, input) =>
      this.model.logits(record, input, noting),
    );
    return sites;
  }

  #run(
    parameters: readonly Node[],
    tokens: TokenNodes,
    masks: NamedNodes | undefined,
    body: (record: never, input: Tokens, context: ForwardContext) => Tensor,
  ): Node {
    const { graph } = parameters[0] as Node;
    return trace(graph, (scope) => {
      const context = masks === undefined ? withoutDropout : maskedBy(masks, scope);
      return scope.node(body(this.#record(parameters, scope), tensorTokens(scope, tokens), context));
    });
  }

  #record(parameters: readonly Node[], scope: TraceScope): never {
    return parameterRecord(
      this.model.parameters,
      parameters.map((node) => scope.tensor(node)),
    ) as never;
  }
}

const models = new MadeOnce<ModelDefinition, TracedModel>(4);

/** A configured model from the side of training: the same one for the same sizes, so that it is recorded once. */
export function tracedModel(configured: ConfiguredModel, context: ModelContext): TracedModel {
  const { definition, options } = configured;
  const { vocabularySize, maxLength } = context;
  return models.of(definition, [options, vocabularySize, maxLength], () => new TracedModel(buildModel(configured, context)));
}
