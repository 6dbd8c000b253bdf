import { FarziError } from '../errors.js';
import type { Dataset, EvaluationCase } from './dataset.js';
import type { Task } from './task.js';

/** The parts of a dataset that models are evaluated on. */
export type Split = 'validation' | 'test';

/** What somebody else's code gives: TypeScript's word for it, which nothing has checked yet. */
type Unchecked<Key extends string> = Readonly<Partial<Record<Key, unknown>>>;

const fieldsOf = <Key extends string>(value: unknown): Unchecked<Key> =>
  (typeof value === 'object' && value !== null ? value : {}) as Unchecked<Key>;

/**
 * Refuses a dataset that does not keep its contract, before anything is computed with it.
 *
 * @param task - what the data are to be used for
 * @param splits - the splits that must have cases
 * @throws FARZI_DATA_INVALID, FARZI_DATA_VOCABULARY_TOO_SMALL, FARZI_DATA_EMPTY
 */
export function checkData(dataset: Dataset, task: Task, splits: readonly Split[] = ['validation']): void {
  new DataCheck(fieldsOf(dataset)).run(task, splits);
}

/**
 * Refuses cases that a vocabulary does not know, or that have nothing to predict.
 *
 * @throws FARZI_DATA_INVALID
 */
export function checkCases(cases: readonly EvaluationCase[], vocabularySize: number): void {
  const problem = cases.length === 0 ? 'has no cases' : problemOfCases(cases, 'case', vocabularySize);
  if (problem === undefined) return;
  throw new FarziError('FARZI_DATA_INVALID', `The evaluation ${problem}.`, {
    hint: 'Give at least one case; cases use the token ids that the student was trained with.',
  });
}

/**
 * What is wrong with a list of evaluation cases, if anything: the rest of a sentence about their owner.
 *
 * @param what - what messages call one of them: `test case`
 */
function problemOfCases(cases: readonly unknown[], what: string, vocabularySize: number): string | undefined {
  for (const [index, each] of cases.entries()) {
    const name = `${what} ${index}`;
    const { tokens, firstTarget } = fieldsOf<keyof EvaluationCase>(each);
    const problem = problemOfTokens(tokens, name, vocabularySize);
    if (problem !== undefined) return problem;
    const { length } = tokens as Int32Array;
    const inside = Number.isInteger(firstTarget) && Number(firstTarget) >= 1 && Number(firstTarget) < length;
    if (!inside) return `has its first target at ${String(firstTarget)} in ${name} of ${length} tokens`;
  }
  return undefined;
}

function problemOfTokens(tokens: unknown, what: string, vocabularySize: number): string | undefined {
  if (!(tokens instanceof Int32Array)) return `has a ${what} that is no Int32Array`;
  const wrong = tokens.findIndex((token) => token < 0 || token >= vocabularySize);
  if (wrong < 0) return undefined;
  return `holds the token ${String(tokens[wrong])} in ${what} at ${wrong}, outside its vocabulary of ${vocabularySize}`;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

class DataCheck {
  readonly #id: string;
  readonly #size: number;

  constructor(private readonly dataset: Unchecked<keyof Dataset>) {
    this.#id = typeof dataset.id === 'string' && dataset.id !== '' ? dataset.id : 'without an id';
    this.#size = isList(dataset.vocabulary) ? dataset.vocabulary.length : 0;
  }

  run(task: Task, splits: readonly Split[]): void {
    const { dataset } = this;
    if (dataset.task !== task) this.#refuse(`is for ${String(dataset.task)}, and is used for ${task}`);
    if (typeof dataset.protocol !== 'string' || dataset.protocol.trim() === '')
      this.#refuse('has no protocol: one sentence that says how the data were filtered, ordered and split');
    this.#checkVocabulary();
    for (const name of ['sequences', 'events'] as const) {
      const count = dataset[name];
      if (!Number.isSafeInteger(count) || Number(count) < 0) this.#refuse(`counts ${String(count)} ${name}`);
    }
    this.#checkTraining(dataset.train);
    for (const split of ['validation', 'test'] as const) {
      const cases = dataset[split];
      if (!isList(cases)) return this.#refuse(`has no list of ${split} cases`);
      this.#refuseIf(problemOfCases(cases, `${split} case`, this.#size));
      if (splits.includes(split) && cases.length === 0) this.#refuse(`has no ${split} cases`);
    }
  }

  #checkVocabulary(): void {
    const { vocabulary, titles, characters } = this.dataset;
    if (!isList(vocabulary) || !vocabulary.every((name) => typeof name === 'string'))
      this.#refuse('has no vocabulary, which is a list of strings');
    if (this.#size < 2) {
      throw new FarziError(
        'FARZI_DATA_VOCABULARY_TOO_SMALL',
        `The dataset ${this.#id} has ${this.#size} distinct tokens; at least 2 are needed.`,
      );
    }
    this.#checkNames('titles', titles, 'string');
    this.#checkNames('characters', characters, 'number');
  }

  /** One value for each token, where there are any. */
  #checkNames(name: 'titles' | 'characters', list: unknown, type: 'string' | 'number'): void {
    if (list === undefined) return;
    if (!isList(list) || !list.every((each) => typeof each === type)) return this.#refuse(`has ${name} that are no list of ${type}s`);
    if (list.length !== this.#size) this.#refuse(`has ${list.length} ${name} for ${this.#size} tokens`);
  }

  #checkTraining(train: unknown): void {
    if (!isList(train)) return this.#refuse('has no training sequences');
    train.forEach((tokens, index) => {
      this.#refuseIf(problemOfTokens(tokens, `training sequence ${index}`, this.#size));
    });
    if (!train.some((tokens) => (tokens as Int32Array).length > 1)) {
      throw new FarziError(
        'FARZI_DATA_EMPTY',
        `The dataset ${this.#id} has no training sequence with two events: there is nothing to learn from.`,
      );
    }
  }

  #refuseIf(problem: string | undefined): void {
    if (problem !== undefined) this.#refuse(problem);
  }

  #refuse(what: string): never {
    throw new FarziError('FARZI_DATA_INVALID', `The dataset ${this.#id} ${what}.`, {
      hint: "Correct the data, or report this to the author of the plugin that makes them: checkDataset finds it in the plugin's tests.",
    });
  }
}
