import type { Task } from '../data/task.js';

/** One student, evaluated on test once. */
export interface StudentResult {
  /** Id of the arm: full, distilled, teacher-init, random, head, popularity, ... */
  readonly data: string;
  readonly student: string;
  readonly seed: number;
  /** Sequences that it was trained on. */
  readonly sequences: number;
  readonly trainingSeconds: number;
  /** Steps after which the evaluated weights were reached; not there for what needs no training. */
  readonly trainingSteps?: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A student with the selection metric of each test case, where it is known: cases can then be compared in pairs. */
export interface MeasuredStudent extends StudentResult {
  readonly ofCases?: Float32Array;
}

/** How much better or worse students on distilled data are than others, on the same test cases. */
export interface PairedComparison {
  readonly student: string;
  /** The arm that is compared with: full, random, ... */
  readonly against: string;
  readonly metric: string;
  /** Mean over cases of distilled minus the other, each averaged over its seeds. */
  readonly difference: number;
  /** Where that lies in 95 % of the times that the cases are drawn again. */
  readonly low: number;
  readonly high: number;
}

/** What students are worth for some of the test cases. */
export interface GroupResult {
  readonly student: string;
  readonly group: 'short histories' | 'long histories' | 'popular targets' | 'rare targets';
  /** Which cases these are. */
  readonly about: string;
  /** How many they are. */
  readonly cases: number;
  readonly metric: string;
  /** arm → mean over these cases and over seeds. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * `summary.json`: other programs read it. Numbers that are not finite are the words `NaN`, `Infinity` and `-Infinity`
 * there.
 */
export interface Summary {
  readonly task: Task;
  readonly dataset: {
    readonly id: string;
    readonly users?: number;
    readonly items?: number;
    readonly documents?: number;
    readonly vocabulary?: number;
    readonly events: number;
  };
  readonly synthetic: {
    readonly sequences: number;
    readonly length: number;
    readonly rank: number;
    readonly inputs: 'soft' | 'hard';
    /** Bytes of the file without the names of tokens. */
    readonly bytes: number;
    /** What takes them, and the names of tokens beside them. */
    readonly bytesOf: {
      readonly latents: number;
      readonly decoder: number;
      readonly inputs: number;
      readonly weights: number;
      readonly description: number;
      readonly vocabulary: number;
    };
    /** Bytes of the training events as ids of the fewest bits that tell the vocabulary apart. */
    readonly bytesOfIds: number;
    /** Bytes of the training events, compressed by brotli at its best level. */
    readonly bytesOfEvents: number;
    /** Bytes / bytes of the compressed events. */
    readonly fractionOfBytes: number;
    readonly storedNumbers: number;
    /** Synthetic sequences / users, or / consecutive windows of the training text. */
    readonly fractionOfSequences: number;
    /** Synthetic positions / events of the dataset. */
    readonly fractionOfEvents: number;
    /** Stored numbers / events of the dataset. */
    readonly fractionOfNumbers: number;
  };
  /** Sentences that say how the numbers came about. */
  readonly protocol: readonly string[];
  readonly results: readonly StudentResult[];
  /** student → metric → distilled mean / full mean (inverted where smaller is better). */
  readonly retention: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * Distilled against every other arm, by the selection metric, with test cases drawn again (bootstrap). Not there where
   * that metric is no mean over several cases, as for the perplexity of a text.
   */
  readonly comparisons?: readonly PairedComparison[];
  /** Recommendation: the selection metric by length of history and by popularity of the target, where it is a mean over cases. */
  readonly groups?: readonly GroupResult[];
  readonly distillation: {
    readonly seconds: number;
    readonly outerSteps: number;
    readonly innerSteps: number;
    readonly skippedSteps: number;
    /** Outer steps behind the synthetic data that validation chose. */
    readonly selectedStep: number;
    /**
     * The selection metric of these synthetic data on validation, the mean of the students that judged them: what runs
     * with different settings may be chosen by. Not there where nothing was validated, without outer steps.
     */
    readonly validation?: number;
    readonly peakRssMB: number;
    readonly engine: string;
  };
}
