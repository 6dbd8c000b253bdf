import { evaluateEach } from '../evaluation/evaluate.js';
import type { ModelScorer } from '../evaluation/model-scorer.js';
import { compileScorer } from '../evaluation/validation.js';
import type { Done, Job } from '../executor/job.js';
import { casesValues, inputOf, weightsFrom } from './job-inputs.js';
import { JobParts, type Workshop } from './job-parts.js';

/** Kind of the job that evaluates a student on test. */
export const EVALUATION = 'evaluation';

/** What students of one model are evaluated with. */
interface Evaluation {
  readonly name: string;
  readonly parts: JobParts;
  readonly scorer: ModelScorer;
}

/** Evaluates students. Those of one model are evaluated with the same: it is kept. */
export class EvaluationJobs {
  #evaluation: Evaluation | undefined;

  constructor(private readonly workshop: Workshop) {}

  /** Evaluates a student's weights on test. */
  async run(job: Job): Promise<Done> {
    const { engine, store } = this.workshop;
    const { parts, scorer } = await this.#evaluationOf(job);
    const { dataset, experiment, protocol } = parts;
    const values = weightsFrom(await store.get(inputOf(job, 'student')));
    const weights = engine.upload(values, [values.length]);
    try {
      const { metrics, selection } = experiment;
      const { values, ofCases } = await evaluateEach(scorer.scorer(weights), dataset.test, metrics, selection, protocol.context);
      return { outputs: { metrics: { tensors: casesValues(ofCases), state: values } }, seconds: 0 };
    } finally {
      weights.dispose();
    }
  }

  async #evaluationOf(job: Job): Promise<Evaluation> {
    const name = `${inputOf(job, 'settings')} ${inputOf(job, 'data')}`;
    if (this.#evaluation?.name === name) return this.#evaluation;
    const last = this.#evaluation;
    this.#evaluation = undefined;
    await last?.scorer.dispose();
    const parts = await JobParts.of(job, this.workshop);
    const { corpus, dataset, experiment, protocol } = parts;
    const cases = [...corpus.validation, ...dataset.test];
    const metrics = [...experiment.metrics, experiment.selection];
    const scorer = await compileScorer(this.workshop.engine, parts.traced(parts.model), protocol, cases, metrics);
    this.#evaluation = { name, parts, scorer };
    return this.#evaluation;
  }
}
