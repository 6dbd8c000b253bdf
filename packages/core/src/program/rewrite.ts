import type { Attributes, Node, NodeGraph } from './node.js';

/** A pattern of several ops that is made into something better, as the last of its ops is applied. */
export interface Rewrite {
  readonly name: string;
  /** What it looks for, a sentence. */
  readonly finds: string;
  /** What it makes of that. */
  readonly makes: string;
  /** Why that is the same value, and better. */
  readonly because: string;
  /** The ops at which it is tried. */
  readonly on: readonly string[];
  /**
   * The better node; `undefined` where the pattern is not there. One of another shape than the op's own is not taken.
   */
  apply(inputs: readonly Node[], attributes: Attributes, graph: NodeGraph): Node | undefined;
}
