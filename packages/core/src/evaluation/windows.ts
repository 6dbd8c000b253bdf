import type { EvaluationCase } from '../data/dataset.js';

/** A stretch of tokens that fits a model, and which of its predictions count. */
export interface EvaluationWindow {
  readonly case: EvaluationCase;
  /** First input token. */
  readonly from: number;
  /** Targets: tokens `firstTarget .. end - 1`, each predicted from the tokens `from ..` before it. */
  readonly firstTarget: number;
  readonly end: number;
}

/**
 * Cuts a case into windows of at most `length` inputs. A single target sees the last `length` tokens before it; many
 * targets are cut into consecutive windows.
 */
export function windowsOf(each: EvaluationCase, length: number): EvaluationWindow[] {
  const { tokens, firstTarget } = each;
  const windows: EvaluationWindow[] = [];
  for (let target = firstTarget; target < tokens.length;) {
    const end =
      target === firstTarget ? Math.min(tokens.length, Math.max(firstTarget + 1, length + 1)) : Math.min(tokens.length, target + length);
    windows.push({ case: each, from: Math.max(0, Math.min(target - 1, end - 1 - length)), firstTarget: target, end });
    target = end;
  }
  return windows;
}

/** The most targets that a window of some cases has: 1 for leave-one-out, up to `length` for a text. */
export function mostTargets(cases: readonly EvaluationCase[], length: number): number {
  return cases.flatMap((each) => windowsOf(each, length)).reduce((most, { firstTarget, end }) => Math.max(most, end - firstTarget), 1);
}
