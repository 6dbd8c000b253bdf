import type { ParameterLayout } from '../model/layout.js';
import type { Node } from '../program/node.js';
import type { ArgumentSpecs, NamedNodes } from '../program/record.js';

/**
 * Training that can be unrolled: a learner whose loss depends on parameters, a batch, and on values to be learned from
 * outside.
 */
export interface InnerProblem {
  /** Shown in errors and profiles. */
  readonly name: string;
  readonly layout: ParameterLayout;
  /** The values that the meta-gradient is taken with respect to (latents, decoder); none for plain training. */
  readonly meta: ArgumentSpecs;
  /** What changes with every step: indices, token ids, masks. */
  readonly batch: ArgumentSpecs;
  /** Scalar loss. `parameters` are in the order of the layout. */
  loss(parameters: readonly Node[], meta: NamedNodes, batch: NamedNodes): Node;
}

/** What is asked of the learner after its training. */
export interface OuterProblem {
  readonly batch: ArgumentSpecs;
  /** Scalar loss on real data. */
  loss(parameters: readonly Node[], batch: NamedNodes): Node;
}
