import type { EngineTensor, EngineTensors } from '../engine/engine.js';
import type { ModelScorer } from '../evaluation/model-scorer.js';
import { syntheticSource } from '../synthetic/source.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { TracedModel } from '../model/traced-model.js';
import { compileScorer, type Session, validationScore } from '../experiment/session.js';
import { chooseRate, learningRates, lostToDivergence, trainStudent } from '../student/choose-rate.js';

/** Scores summaries under distillation by students trained on them. Every summary meets the same students; the first one settles their learning rate. */
export class SummaryValidation {
  #learningRate: number | undefined;

  private constructor(
    private readonly session: Session,
    private readonly model: TracedModel,
    private readonly data: SyntheticData,
    private readonly scorer: ModelScorer,
    settled: number | undefined,
  ) {
    this.#learningRate = settled;
  }

  /** @param settled - the learning rate that an earlier session settled on */
  static async compile(session: Session, model: TracedModel, data: SyntheticData, settled: number | undefined): Promise<SummaryValidation> {
    return new SummaryValidation(session, model, data, await compileScorer(session, model), settled);
  }

  /** The students' learning rate, once there is one. */
  get learningRate(): number | undefined {
    return this.#learningRate;
  }

  /** Mean score of the students, larger is better. */
  async validate(synthetic: EngineTensors): Promise<number> {
    const { validationStudents } = this.session.experiment.config.distillation;
    let total = 0;
    for (let student = 0; student < validationStudents; student++) total += await this.#scoreOf(student, synthetic);
    return total / validationStudents;
  }

  async #scoreOf(student: number, synthetic: EngineTensors): Promise<number> {
    const { engine, experiment, stream, signal } = this.session;
    const { training } = experiment.config;
    const source = syntheticSource(this.model, this.data, synthetic, training.batchSize);
    const rates = this.#learningRate === undefined ? learningRates(training) : [this.#learningRate];
    const chosen = await chooseRate(rates, (rate) =>
      trainStudent(training, rate, source, stream.child('validation student', student), {
        engine,
        optimizer: experiment.optimizers.training,
        validate: (weights: EngineTensor) => validationScore(this.session, this.scorer.scorer(weights)),
        ...(signal === undefined ? {} : { signal }),
      }),
    ).catch(lostToDivergence);
    if (chosen === undefined) return -Infinity;
    this.#learningRate = chosen.learningRate;
    chosen.trained.weights.dispose();
    return chosen.trained.score;
  }

  dispose(): Promise<void> {
    return this.scorer.dispose();
  }
}
