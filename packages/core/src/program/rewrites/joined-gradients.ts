import * as e from '../expressions.js';
import { partsOf } from '../macros/chunks.js';
import { type Node, sameShape, sizeOf } from '../node.js';
import { listOf } from '../ops/definition.js';
import type { Rewrite } from '../rewrite.js';

/** The gradient that a node is a part of, if it is all of its derivative with respect to latents (0) or decoder (1). */
function gradientPart(part: Node): { readonly source: Node; readonly factor: 0 | 1 } | undefined {
  const slice = part.op === 'Reshape' ? (part.inputs[0] as Node) : part;
  const [source] = slice.inputs;
  if (slice.op !== 'Slice' || source?.op !== 'SoftEmbeddingGradient') return undefined;
  const [latents, decoder] = source.inputs as readonly [Node, Node];
  const [begin] = listOf(slice, 'begin');
  if (begin === 0 && sameShape(part.shape, latents.shape)) return { source, factor: 0 };
  return begin === sizeOf(latents.shape) && sameShape(part.shape, decoder.shape) ? { source, factor: 1 } : undefined;
}

/**
 * Two gradients of embeddings of the same distributions, added up: `⟨p, c₁ t₁ᵀ⟩ + ⟨p, c₂ t₂ᵀ⟩` is the derivative of one
 * embedding by tables side by side.
 *
 * @returns what `a + b` is, if both are the same part of such gradients, or if `a` is a sum that has such a part
 */
function joined(a: Node, b: Node): Node | undefined {
  const right = gradientPart(b);
  if (right === undefined) return undefined;
  if (a.op === 'Add') {
    const [p, q] = a.inputs as readonly [Node, Node];
    const [withP, withQ] = [joined(p, b), joined(q, b)];
    return withP === undefined ? withQ && e.add(p, withQ) : e.add(withP, q);
  }
  const left = gradientPart(a);
  const [latents, decoder, table, cotangent] = right.source.inputs as readonly [latents: Node, decoder: Node, table: Node, cotangent: Node];
  if (left?.factor !== right.factor || left.source.inputs[0] !== latents || left.source.inputs[1] !== decoder) return undefined;
  const [, , otherTable, otherCotangent] = left.source.inputs as readonly [latents: Node, decoder: Node, table: Node, cotangent: Node];
  const joint = [latents, decoder, e.concat([otherTable, table], 1), e.concat([otherCotangent, cotangent], 1)];
  const flat = latents.graph.apply('SoftEmbeddingGradient', joint, right.source.attributes);
  return partsOf(flat, [latents.shape, decoder.shape])[right.factor];
}

/** Gradients of embeddings of the same distributions, added up, as the gradient of one. */
export const joinedGradients: Rewrite = {
  name: 'joined-gradients',
  finds: 'A sum of derivatives of embeddings of the same distributions by several tables, with respect to latents or to the decoder.',
  makes: 'The derivative of one embedding by the tables side by side.',
  because:
    'The derivative is linear in `cotangent · tableᵀ`, and `[c₁, c₂] · [t₁, t₂]ᵀ = c₁ t₁ᵀ + c₂ t₂ᵀ`; the distributions are computed once.',
  on: ['Add'],
  apply: ([a, b]: readonly [Node, Node]) => joined(a, b),
};
