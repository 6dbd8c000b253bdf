/** A step, and its score on validation; larger is better. */
export interface ScoredStep {
  readonly step: number;
  readonly score: number;
}

/** What a selection must remember to go on after an interruption. */
export interface SelectionProgress {
  readonly best: ScoredStep | undefined;
  readonly validationsSinceBest: number;
}

/** Keeps the best of a series of validations, and says when it no longer improves. */
export class Selection {
  #progress: SelectionProgress;

  /**
   * @param patience - validations without improvement before it is exhausted
   * @param firstWithoutScore - whether the first is kept though its score is not finite, until there is one with a
   *   score
   */
  constructor(
    private readonly patience: number,
    private readonly firstWithoutScore: boolean,
    progress: SelectionProgress = { best: undefined, validationsSinceBest: 0 },
  ) {
    this.#progress = progress;
  }

  get progress(): SelectionProgress {
    return this.#progress;
  }

  get exhausted(): boolean {
    return this.#progress.validationsSinceBest >= this.patience;
  }

  /**
   * Takes note of a validation; returns whether it is the best so far. What has no finite score has diverged, and would
   * win over all that follow.
   */
  offer(step: number, score: number): boolean {
    const { best, validationsSinceBest } = this.#progress;
    const improves = Number.isFinite(score)
      ? best === undefined || !Number.isFinite(best.score) || score > best.score
      : best === undefined && this.firstWithoutScore;
    this.#progress = improves
      ? { best: { step, score }, validationsSinceBest: 0 }
      : { best, validationsSinceBest: validationsSinceBest + 1 };
    return improves;
  }
}
