import type { Engine, EngineTensors } from '../engine/engine.js';
import { Validation, type ValidationCriterion } from '../evaluation/validation.js';
import type { TracedModel } from '../model/traced-model.js';
import type { RandomStream } from '../random/stream.js';
import { syntheticSource } from '../synthetic/source.js';
import type { SyntheticData, TrainingRecipe } from '../synthetic/synthetic.js';
import { chooseRate, type ChosenRate, learningRatesOf, lostToDivergence } from '../training/learning-rates.js';
import type { TrainingOptions } from '../training/options.js';
import { train } from '../training/train.js';
import type { SyntheticScore } from './outer-loop.js';

/** What students that judge synthetic data are trained with. */
export interface SyntheticValidationRequest {
  readonly engine: Engine;
  readonly model: TracedModel;
  /** Sizes and fixed parts of the synthetic data. */
  readonly data: SyntheticData;
  readonly criterion: ValidationCriterion;
  readonly training: TrainingOptions;
  /** Students for each score. */
  readonly students: number;
  /** The learning rate that an earlier session settled on. */
  readonly settledRate: number | undefined;
  readonly stream: RandomStream;
  readonly signal?: AbortSignal;
}

/**
 * Scores synthetic data by students trained on them. All data meet the same students; the first one settles their
 * learning rate.
 */
export class SyntheticValidation {
  #learningRate: number | undefined;

  private constructor(
    private readonly request: SyntheticValidationRequest,
    private readonly validation: Validation,
  ) {
    this.#learningRate = request.settledRate;
  }

  static async compile(request: SyntheticValidationRequest): Promise<SyntheticValidation> {
    return new SyntheticValidation(request, await Validation.compile(request.engine, request.model, request.criterion));
  }

  /** The students' learning rate, once there is one. */
  get learningRate(): number | undefined {
    return this.#learningRate;
  }

  /** Mean score of the students, and how they were trained. */
  async validate(synthetic: EngineTensors): Promise<SyntheticScore> {
    const { students } = this.request;
    const recipes: TrainingRecipe[] = [];
    let total = 0;
    for (let student = 0; student < students; student++) {
      const chosen = await this.#train(student, synthetic);
      total += chosen?.trained.score ?? -Infinity;
      if (chosen === undefined) continue;
      recipes.push({ learningRate: chosen.learningRate, steps: chosen.trained.step });
      chosen.trained.weights.dispose();
    }
    return { score: total / students, recipe: meanRecipe(recipes) };
  }

  async #train(student: number, synthetic: EngineTensors): Promise<ChosenRate | undefined> {
    const { engine, model, data, training, stream, signal } = this.request;
    const source = syntheticSource(model, data, synthetic, training.batchSize);
    const rates = this.#learningRate === undefined ? learningRatesOf(training) : [this.#learningRate];
    const chosen = await chooseRate(rates, (learningRate) =>
      train({
        engine,
        source,
        optimizer: training.optimizer,
        budget: { ...training, learningRate },
        stream: stream.child('validation student', student),
        validate: (weights) => this.validation.score(weights),
        ...(signal === undefined ? {} : { signal }),
      }),
    ).catch(lostToDivergence);
    this.#learningRate ??= chosen?.learningRate;
    return chosen;
  }

  dispose(): Promise<void> {
    return this.validation.dispose();
  }
}

/** Students of one validation share their rate, and differ in steps. */
function meanRecipe(recipes: readonly TrainingRecipe[]): TrainingRecipe | undefined {
  const [first] = recipes;
  if (first === undefined) return undefined;
  const steps = recipes.reduce((sum, recipe) => sum + recipe.steps, 0) / recipes.length;
  return { learningRate: first.learningRate, steps: Math.round(steps) };
}
