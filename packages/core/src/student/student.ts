import type { Engine } from '../engine/engine.js';
import { type EngineInput, withEngine } from '../engine/with-engine.js';
import { FarziError } from '../errors.js';
import { Recommender } from '../evaluation/recommender.js';
import type { ConfiguredModel } from '../model/definition.js';
import { type TracedModel, tracedModel } from '../model/traced-model.js';
import { writeWhole } from '../storage/write-whole.js';
import type { SavedTokenizer, StudentParts, TrainingFacts } from './parts.js';
import { encodeStudent } from './student-bytes.js';

/** A history: token ids, or names of the vocabulary. */
export type History = ArrayLike<number> | readonly string[];

/** One entry of a list of recommendations. */
export interface Recommendation {
  /** Token id. */
  readonly token: number;
  /** The token's name in the vocabulary. */
  readonly name: string;
  /** The token's title, where the data have titles. */
  readonly title?: string;
  /** Logit, up to a constant of the history. */
  readonly score: number;
}

/** How to recommend. */
export interface TopKOptions extends EngineInput {
  /** Entries of each list, 10 by default. */
  readonly k?: number;
  /** Leave out what the history holds: true by default for recommendation. */
  readonly maskSeen?: boolean;
}

/** Entries of a list where nothing else is said. */
const DEFAULT_K = 10;

/** Histories that are read at once. */
const BATCH = 64;

/** A trained model, ready to use. */
export class Student implements StudentParts {
  readonly model: ConfiguredModel;
  readonly weights: Float32Array;
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  readonly tokenizer?: SavedTokenizer;
  readonly maxLength: number;
  readonly training?: TrainingFacts;

  constructor({ model, weights, vocabulary, titles, tokenizer, maxLength, training }: StudentParts) {
    this.model = model;
    this.weights = weights;
    this.vocabulary = vocabulary;
    if (titles !== undefined) this.titles = titles;
    if (tokenizer !== undefined) this.tokenizer = tokenizer;
    this.maxLength = maxLength;
    if (training !== undefined) this.training = training;
  }

  /** The model as training and evaluation see it. */
  traced(): TracedModel {
    return tracedModel(this.model, { vocabularySize: this.vocabulary.length, maxLength: this.maxLength });
  }

  /**
   * What the student expects next: one list for each history, best first.
   *
   * @throws FARZI_HISTORY for a history that is empty or holds something unknown, FARZI_CONFIG_INVALID for a k that
   *   counts nothing
   */
  async topK(histories: readonly History[], options: TopKOptions = {}): Promise<Recommendation[][]> {
    const { k = DEFAULT_K } = options;
    if (!Number.isSafeInteger(k) || k < 1)
      throw new FarziError('FARZI_CONFIG_INVALID', `The option k must be a whole number from 1, but it is ${k}.`, {
        hint: 'Leave it out for lists of ten.',
      });
    const tokens = histories.map((history, index) => this.#tokensOf(history, index));
    return withEngine(options, (engine) => this.#recommend(engine, tokens, options));
  }

  /**
   * Writes the student to a safetensors file, one named tensor for each parameter; `loadStudent` reads it.
   *
   * @param file - is replaced where it exists
   */
  save(file: string): Promise<void> {
    return writeWhole(file, encodeStudent(this));
  }

  async #recommend(engine: Engine, tokens: readonly Int32Array[], { k = DEFAULT_K, maskSeen }: TopKOptions): Promise<Recommendation[][]> {
    const { vocabulary, titles, maxLength: length } = this;
    const mask = maskSeen ?? this.model.definition.task === 'recommendation';
    const seen = mask ? tokens.reduce((most, history) => Math.max(most, new Set(history).size), 0) : 0;
    const shape = { batchSize: Math.min(BATCH, Math.max(1, tokens.length)), length, seen, k: Math.min(k, vocabulary.length) };
    const recommender = await Recommender.compile(engine, this.traced(), shape);
    const weights = engine.upload(this.weights, [this.weights.length]);
    try {
      const lists = await recommender.recommend(weights, tokens);
      return lists.map(({ tokens: found, scores }, history) => {
        // where fewer are left than were asked for, the list goes on with what was left out
        const left = vocabulary.length - (mask ? new Set(tokens[history]).size : 0);
        return Array.from(found.subarray(0, left), (token, place) => ({
          token,
          name: vocabulary[token] as string,
          ...(titles === undefined ? {} : { title: titles[token] as string }),
          score: scores[place] as number,
        }));
      });
    } finally {
      weights.dispose();
      await recommender.dispose();
    }
  }

  #tokensOf(history: History, index: number): Int32Array {
    if (history.length === 0) {
      throw new FarziError('FARZI_HISTORY', `History ${index} is empty.`, { hint: 'Give at least one item to go on from.' });
    }
    return Int32Array.from(history as ArrayLike<number | string>, (each) => {
      const token = typeof each === 'number' ? each : this.vocabulary.indexOf(each);
      if (Number.isInteger(token) && token >= 0 && token < this.vocabulary.length) return token;
      throw new FarziError('FARZI_HISTORY', `History ${index} holds ${JSON.stringify(each)}, which the student does not know.`, {
        hint: `Give names of its vocabulary of ${this.vocabulary.length}, or ids from 0 to ${this.vocabulary.length - 1}.`,
      });
    });
  }
}
