import type { EvaluationCase } from '@farzi/core';

/**
 * One case per document. Its tokens follow `start`, the token that ends lines or paragraphs, so that each of them is a
 * target; without such a token (undefined) the first one of a document is context only.
 */
export function toCases(documents: readonly Int32Array[], start: number | undefined): EvaluationCase[] {
  const before = start === undefined ? [] : [start];
  return documents
    .map((tokens) => ({ tokens: Int32Array.from([...before, ...tokens]), firstTarget: 1 }))
    .filter(({ tokens, firstTarget }) => tokens.length > firstTarget);
}

/** The tokens that a model must predict. */
export function targetsOf(cases: readonly EvaluationCase[]): Int32Array[] {
  return cases.map(({ tokens, firstTarget }) => tokens.subarray(firstTarget));
}
