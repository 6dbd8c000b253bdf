import { disposeAll, type Engine, type EngineTensors } from '../engine/engine.js';
import { restoreTensors, saveTensors } from '../engine/saved-tensors.js';
import { Validation, type ValidationCriterion } from '../evaluation/validation.js';
import type { TracedModel } from '../model/traced-model.js';
import type { RandomStream } from '../random/stream.js';
import { syntheticSource } from '../synthetic/source.js';
import type { SyntheticData, TrainingRecipe } from '../synthetic/synthetic.js';
import { learningRatesOf, lostToDivergence } from '../training/learning-rates.js';
import type { TrainingOptions } from '../training/options.js';
import { train } from '../training/train.js';
import type { Part, PartWorker } from './elsewhere.js';
import type { SyntheticScore } from './outer-loop.js';

/** What students that judge synthetic data are trained with. */
export interface SyntheticValidationRequest {
  readonly engine: Engine;
  readonly model: TracedModel;
  /** Sizes and fixed parts of the synthetic data. */
  readonly data: SyntheticData;
  readonly criterion: ValidationCriterion;
  readonly training: TrainingOptions;
  readonly stream: RandomStream;
  readonly signal?: AbortSignal;
}

/** Who judges synthetic data. */
export interface JudgeRequest extends SyntheticValidationRequest {
  /** Students for each score. */
  readonly students: number;
  /** The learning rate that an earlier session settled on. */
  readonly settledRate: number | undefined;
  /** Gets students trained by others, several at the same time. */
  readonly elsewhere: ((part: Part) => Promise<Part>) | undefined;
}

/** A student that judges, and how it is trained. */
interface JudgeAt {
  readonly student: number;
  readonly learningRate: number;
}

/** What a student says of synthetic data. */
interface Judgement extends JudgeAt {
  readonly score: number;
  readonly step: number;
}

/** Trains students on synthetic data and evaluates them on validation. */
export class JudgeTraining implements PartWorker {
  private constructor(
    private readonly request: SyntheticValidationRequest,
    private readonly validation: Validation,
  ) {}

  static async compile(request: SyntheticValidationRequest): Promise<JudgeTraining> {
    return new JudgeTraining(request, await Validation.compile(request.engine, request.model, request.criterion));
  }

  /** `undefined` when training diverges. */
  async at({ student, learningRate }: JudgeAt, synthetic: EngineTensors): Promise<Judgement | undefined> {
    const { engine, model, data, training, stream, signal } = this.request;
    const trained = await train({
      engine,
      source: syntheticSource(model, data, synthetic, training.batchSize),
      optimizer: training.optimizer,
      budget: { ...training, learningRate },
      stream: stream.child('validation student', student),
      validate: (weights) => this.validation.score(weights),
      ...(signal === undefined ? {} : { signal }),
    }).catch(lostToDivergence);
    trained?.weights.dispose();
    return trained && { student, learningRate, score: trained.score, step: trained.step };
  }

  async run({ tensors, state }: Part): Promise<Part> {
    const synthetic = restoreTensors(this.request.engine, tensors);
    try {
      return { tensors: {}, state: (await this.at(state as JudgeAt, synthetic)) ?? null };
    } finally {
      disposeAll(synthetic);
    }
  }

  dispose(): Promise<void> {
    return this.validation.dispose();
  }
}

/**
 * Scores synthetic data by students trained on them. All data meet the same students; the first one settles their
 * learning rate.
 */
export class SyntheticValidation {
  #learningRate: number | undefined;

  private constructor(
    private readonly request: JudgeRequest,
    private readonly trainings: JudgeTraining,
  ) {
    this.#learningRate = request.settledRate;
  }

  static async compile(request: JudgeRequest): Promise<SyntheticValidation> {
    return new SyntheticValidation(request, await JudgeTraining.compile(request));
  }

  /** The students' learning rate, once there is one. */
  get learningRate(): number | undefined {
    return this.#learningRate;
  }

  /** Mean score of the students, and how they were trained. */
  async validate(synthetic: EngineTensors): Promise<SyntheticScore> {
    const { students, training } = this.request;
    const rates = learningRatesOf(training);
    const judged: (Judgement | undefined)[] = [];
    while (this.#learningRate === undefined && judged.length < students) {
      const student = judged.length;
      const best = bestOf(
        await this.#judge(
          rates.map((learningRate) => ({ student, learningRate })),
          synthetic,
        ),
      );
      this.#learningRate = best?.learningRate;
      judged.push(best);
    }
    const { learningRate } = this;
    if (learningRate !== undefined) {
      const others = Array.from({ length: students - judged.length }, (_, index) => ({ student: judged.length + index, learningRate }));
      judged.push(...(await this.#judge(others, synthetic)));
    }
    const recipes = judged.flatMap((each) => (each === undefined ? [] : [{ learningRate: each.learningRate, steps: each.step }]));
    const total = judged.reduce((sum, each) => sum + (each?.score ?? -Infinity), 0);
    return { score: total / students, recipe: meanRecipe(recipes) };
  }

  /** What each says, in order; `undefined` for those that diverge. */
  async #judge(all: readonly JudgeAt[], synthetic: EngineTensors): Promise<(Judgement | undefined)[]> {
    const { elsewhere, engine } = this.request;
    if (elsewhere !== undefined && all.length > 1) {
      const tensors = await saveTensors(engine, synthetic);
      const answers = await Promise.all(all.map((each) => elsewhere({ tensors, state: each })));
      return answers.map(({ state }) => (state as Judgement | null) ?? undefined);
    }
    const judged: (Judgement | undefined)[] = [];
    for (const each of all) judged.push(await this.trainings.at(each, synthetic));
    return judged;
  }

  dispose(): Promise<void> {
    return this.trainings.dispose();
  }
}

/** The best, the first of those that are equal. */
function bestOf(judged: readonly (Judgement | undefined)[]): Judgement | undefined {
  return judged.reduce((best, each) => (best === undefined || (each !== undefined && each.score > best.score) ? each : best), undefined);
}

/** Students of one validation share their rate, and differ in steps. */
function meanRecipe(recipes: readonly TrainingRecipe[]): TrainingRecipe | undefined {
  const [first] = recipes;
  if (first === undefined) return undefined;
  const steps = recipes.reduce((sum, recipe) => sum + recipe.steps, 0) / recipes.length;
  return { learningRate: first.learningRate, steps: Math.round(steps) };
}
