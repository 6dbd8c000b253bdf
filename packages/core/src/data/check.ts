import { FarziError } from '../errors.js';
import type { Dataset, EvaluationCase } from './dataset.js';
import type { Task } from './task.js';

/** The parts of a dataset that models are evaluated on. */
export type Split = 'validation' | 'test';

/**
 * Refuses a dataset that does not keep its contract, before anything is computed with it.
 *
 * @param task - what the data are to be used for
 * @param splits - the splits that must have cases
 * @throws FARZI_DATA_INVALID, FARZI_DATA_VOCABULARY_TOO_SMALL, FARZI_DATA_EMPTY
 */
export function checkData(dataset: Dataset, task: Task, splits: readonly Split[] = ['validation']): void {
  new DataCheck(dataset).run(task, splits);
}

/** Without narrowing: what a plugin gives may be anything, whatever its type says. */
const isList = (value: unknown): boolean => Array.isArray(value);

class DataCheck {
  readonly #id: string;
  readonly #size: number;

  constructor(private readonly dataset: Dataset) {
    this.#id = typeof dataset.id === 'string' ? dataset.id : 'without an id';
    this.#size = isList(dataset.vocabulary) ? dataset.vocabulary.length : 0;
  }

  run(task: Task, splits: readonly Split[]): void {
    const { dataset } = this;
    if (dataset.task !== task) this.#refuse(`is for ${dataset.task}, and is used for ${task}`);
    if (typeof dataset.protocol !== 'string' || dataset.protocol.trim() === '')
      this.#refuse('has no protocol: one sentence that says how the data were filtered, ordered and split');
    this.#checkVocabulary();
    for (const name of ['sequences', 'events'] as const)
      if (!Number.isSafeInteger(dataset[name]) || dataset[name] < 0) this.#refuse(`counts ${String(dataset[name])} ${name}`);
    if (!isList(dataset.train)) this.#refuse('has no training sequences');
    dataset.train.forEach((tokens, index) => {
      this.#checkTokens(tokens, `training sequence ${index}`);
    });
    if (!dataset.train.some(({ length }) => length > 1)) {
      throw new FarziError(
        'FARZI_DATA_EMPTY',
        `the dataset ${this.#id} has no training sequence with two events: there is nothing to learn from`,
      );
    }
    for (const split of ['validation', 'test'] as const) {
      this.#checkCases(split, dataset[split]);
      if (splits.includes(split) && dataset[split].length === 0) this.#refuse(`has no ${split} cases`);
    }
  }

  #checkVocabulary(): void {
    const { vocabulary, titles, characters } = this.dataset;
    if (!isList(vocabulary) || !vocabulary.every((name) => typeof name === 'string'))
      this.#refuse('has no vocabulary, which is a list of strings');
    if (this.#size < 2) {
      throw new FarziError(
        'FARZI_DATA_VOCABULARY_TOO_SMALL',
        `the dataset ${this.#id} has ${this.#size} distinct tokens; at least 2 are needed`,
      );
    }
    for (const [name, list] of Object.entries({ titles, characters }))
      if (list !== undefined && list.length !== this.#size) this.#refuse(`has ${list.length} ${name} for ${this.#size} tokens`);
  }

  #checkCases(name: string, cases: readonly EvaluationCase[]): void {
    if (!isList(cases)) this.#refuse(`has no list of ${name} cases`);
    cases.forEach((each, index) => {
      const { tokens, firstTarget } = each;
      this.#checkTokens(tokens, `${name} case ${index}`);
      if (!Number.isInteger(firstTarget) || firstTarget < 1 || firstTarget >= tokens.length)
        this.#refuse(`has its first target at ${String(firstTarget)} in ${name} case ${index} of ${tokens.length} tokens`);
    });
  }

  #checkTokens(tokens: Int32Array, what: string): void {
    if (!(tokens instanceof Int32Array)) this.#refuse(`has a ${what} that is no Int32Array`);
    const wrong = tokens.findIndex((token) => token < 0 || token >= this.#size);
    if (wrong >= 0)
      this.#refuse(`holds the token ${String(tokens[wrong])} in ${what} at ${wrong}, outside its vocabulary of ${this.#size}`);
  }

  #refuse(what: string): never {
    throw new FarziError('FARZI_DATA_INVALID', `the dataset ${this.#id} ${what}`, {
      hint: "Correct the data, or report this to the author of the plugin that makes them: checkDataset finds it in the plugin's tests.",
    });
  }
}
