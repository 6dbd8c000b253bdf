import type { ParameterLayout } from '../model/layout.js';
import type { Node } from '../program/node.js';
import type { ArgumentSpec } from '../program/record.js';

/** Something for each of some names. */
type Named<Names extends string, T> = Readonly<Record<Names, T>>;

/**
 * Training that can be unrolled: a learner whose loss depends on parameters, a batch, and on values to be learned from
 * outside.
 */
export interface InnerProblem<Meta extends string = string, Names extends string = string> {
  /** Shown in errors and profiles. */
  readonly name: string;
  readonly layout: ParameterLayout;
  /** The values that the meta-gradient is taken with respect to (latents, decoder); none for plain training. */
  readonly meta: Named<Meta, ArgumentSpec>;
  /** What changes with every step: indices, token ids, masks. */
  readonly batch: Named<Names, ArgumentSpec>;
  /** Scalar loss. `parameters` are in the order of the layout. */
  loss(parameters: readonly Node[], meta: Named<Meta, Node>, batch: Named<Names, Node>): Node;
}

/** What is asked of the learner after its training. */
export interface OuterProblem<Names extends string = string> {
  readonly batch: Named<Names, ArgumentSpec>;
  /** Scalar loss on real data. */
  loss(parameters: readonly Node[], batch: Named<Names, Node>): Node;
}
