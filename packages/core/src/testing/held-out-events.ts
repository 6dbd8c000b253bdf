import type { Dataset, EvaluationCase } from '../data/dataset.js';
import { check } from './assert.js';

/**
 * A history with a target is taken for somebody's own, wherever it stands, if it has this many events, all but one of
 * them distinct at least.
 */
const TELLING = 6;

/** Share of cases that may be found in somebody else's training sequence by chance. */
const CHANCE = 0.01;

/** Whether a sequence starts with the events of another up to and including index `last`. */
const startsWith = (sequence: Int32Array, tokens: Int32Array, last: number): boolean =>
  sequence.length > last && tokens.subarray(0, last + 1).every((token, at) => sequence[at] === token);

/**
 * Refuses data whose training sequences hold targets at their place:
 *
 * - Where training and cases are as many, entry u is taken for the same user, as `leaveOneOut` has it: the training
 *   sequence may not begin with the case's events up to its first target, and likewise a validation case not with those
 *   of the test case. A target that also occurs earlier, or a user who likes what another likes, is no leak: the whole
 *   history must be the same.
 * - Elsewhere, and for histories in another order: a history of six events or more with its target, five of them
 *   distinct, that a training sequence begins with. One case in a hundred may be so by chance.
 * - Where validation and test go by user, most test cases may not follow the very events that the validation case
 *   follows: they would leave out the validation event, which is known by then.
 */
export function checkHeldOutEvents({ id, train, validation, test }: Dataset): void {
  const histories = train.map((tokens) => ({ tokens, firstTarget: 0 }));
  for (const [split, cases] of Object.entries({ validation, test })) {
    checkOwn(`${id}: Training sequence`, histories, split, cases);
    checkAnywhere(id, train, split, cases);
  }
  if (validation.length === test.length) checkFollowing(id, validation, test);
  checkOwn(`${id}: Validation case`, validation, 'test', test);
}

/** Test cases of the same users must know the validation events. */
function checkFollowing(id: string, validation: readonly EvaluationCase[], test: readonly EvaluationCase[]): void {
  const skipping = test.filter(({ tokens, firstTarget }, user) => {
    const earlier = validation[user] as EvaluationCase;
    return earlier.firstTarget === firstTarget && startsWith(earlier.tokens, tokens, firstTarget - 1);
  });
  check(
    skipping.length <= test.length / 2,
    `${id}: ${skipping.length} of ${test.length} test cases follow what the validation case of the same user follows: the validation event is missing in between.`,
  );
}

/** Entry u of both lists is the same user, where they are as long. */
function checkOwn(owner: string, earlier: readonly EvaluationCase[], split: string, cases: readonly EvaluationCase[]): void {
  if (earlier.length !== cases.length) return;
  for (const [user, { tokens, firstTarget }] of cases.entries())
    check(
      !startsWith((earlier[user] as EvaluationCase).tokens, tokens, firstTarget),
      `${owner} ${user} holds the target of ${split} case ${user}, which follows the same events.`,
    );
}

function checkAnywhere(id: string, train: readonly Int32Array[], split: string, cases: readonly EvaluationCase[]): void {
  const keyOf = (tokens: Int32Array): string => tokens.subarray(0, TELLING).join();
  const begun = new Map<string, Int32Array[]>();
  for (const tokens of train) begun.set(keyOf(tokens), [...(begun.get(keyOf(tokens)) ?? []), tokens]);
  const found = cases.filter(({ tokens, firstTarget }) => {
    const telling = firstTarget + 1 >= TELLING && new Set(tokens.subarray(0, firstTarget + 1)).size >= TELLING - 1;
    return telling && begun.get(keyOf(tokens))?.some((sequence) => startsWith(sequence, tokens, firstTarget));
  });
  const first = cases.findIndex((each) => each === found[0]);
  check(
    found.length <= CHANCE * cases.length,
    `${id}: Training sequences begin with ${found.length} of ${cases.length} ${split} cases, target included, the first of which is case ${first}.`,
  );
}
