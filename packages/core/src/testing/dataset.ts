import { checkData } from '../data/check.js';
import type { Dataset } from '../data/dataset.js';
import { check, ConformanceError } from './assert.js';
import { checkHeldOutEvents } from './held-out-events.js';
import { checkHeldOutTexts } from './held-out-texts.js';

/**
 * Checks that a loaded dataset keeps its contract, all that `distill` and experiments refuse included: token ids lie in
 * the vocabulary, names are distinct, the protocol says how the data were made, every evaluation case has a target with
 * something before it, and training data hold no targets of validation or test.
 *
 * Of sequences of events that is looked at user by user where the three lists go by user, as `leaveOneOut` gives them,
 * and by whole histories elsewhere; of texts by passages that training texts hold word for word. What repeats itself by
 * chance is not a leak: see `checkHeldOutEvents` and `checkHeldOutTexts` for the rules.
 *
 * @throws ConformanceError naming the check that failed
 */
export function checkDataset(dataset: Dataset): void {
  try {
    checkData(dataset, dataset.task, ['validation', 'test']);
  } catch (cause) {
    throw new ConformanceError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const { id, vocabulary, task } = dataset;
  const names = new Set<string>();
  for (const name of vocabulary) check(names.size < names.add(name).size, `${id}: The vocabulary names ${JSON.stringify(name)} twice.`);
  if (task === 'recommendation') checkHeldOutEvents(dataset);
  else checkHeldOutTexts(dataset);
}
