import { FarziError } from '../errors.js';
import { crossEntropy } from './macros/cross-entropy.js';
import { softEmbeddings } from './macros/soft-embedding.js';
import type { OpDefinition } from './node.js';
import { after } from './ops/after.js';
import { binary } from './ops/binary.js';
import { comparison } from './ops/comparison.js';
import { convolutions } from './ops/convolution.js';
import { cumsum } from './ops/cumsum.js';
import type { KernelRecorder, OpFamily } from './ops/definition.js';
import { gather } from './ops/gather.js';
import { leaves } from './ops/leaf.js';
import { matmul } from './ops/matmul.js';
import { normalisation } from './ops/normalise.js';
import { reduce } from './ops/reduce.js';
import { shape } from './ops/shape.js';
import { slicing } from './ops/slicing.js';
import { softmax } from './ops/softmax.js';
import { source } from './ops/source.js';
import { topK } from './ops/top-k.js';
import { unary } from './ops/unary.js';
import type { Rewrite } from './rewrite.js';
import { rewrites } from './rewrites/index.js';

/** Everything that is known about ops. */
export class OpTable {
  readonly #definitions: ReadonlyMap<string, OpDefinition>;
  readonly #rewrites: ReadonlyMap<string, readonly Rewrite[]>;

  /** @param patterns - in the order in which they are tried */
  constructor(
    private readonly families: readonly OpFamily[],
    patterns: readonly Rewrite[],
  ) {
    const definitions = families.flatMap(({ ops }) => ops);
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
    this.#rewrites = new Map(definitions.map(({ name }) => [name, patterns.filter(({ on }) => on.includes(name))]));
  }

  /** Names of all ops. */
  get names(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  /** Everything known about an op. */
  definitionOf(op: string): OpDefinition {
    const definition = this.#definitions.get(op);
    if (definition === undefined) throw new FarziError('FARZI_INTERNAL', `There is no op ${op}.`);
    return definition;
  }

  /** Patterns whose last op is this one. */
  rewritesOf(op: string): readonly Rewrite[] {
    return this.#rewrites.get(op) ?? [];
  }

  /** Recorders of TensorFlow.js kernels, by kernel name. */
  recorders(): ReadonlyMap<string, KernelRecorder> {
    return new Map(this.families.flatMap(({ kernels }) => Object.entries(kernels)));
  }
}

/** The ops of this package: primitives, then macros, which are made of primitives before a program runs. */
export const standardFamilies: readonly OpFamily[] = [
  ...[
    source,
    unary,
    binary,
    comparison,
    reduce,
    shape,
    slicing,
    matmul,
    gather,
    softmax,
    normalisation,
    cumsum,
    topK,
    convolutions,
    after,
    leaves,
  ],
  ...[crossEntropy, softEmbeddings],
];

/** The ops of this package with all their rewrites. */
export const standardOps = new OpTable(standardFamilies, rewrites);
