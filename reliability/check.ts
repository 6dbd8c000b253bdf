/** What one kind of trouble did to the program, by subject. */
export interface Tally {
  /** What was troubled: an engine, a file, a parser. */
  readonly subject: string;
  /** How often. */
  readonly tried: number;
  /** How often it ended as it must not, each in words from which it can be done again. */
  readonly wrong: readonly string[];
  /** Why it was not tried here. */
  readonly skipped?: string;
}

/** What all checks need. */
export interface CheckContext {
  /** Settles every draw. */
  readonly seed: number;
  /** Share of the full counts, from 0 to 1. */
  readonly scale: number;
  /** An empty folder of this check's own. */
  readonly folder: string;
  readonly signal: AbortSignal;
  progress(line: string): void;
}

/** One kind of trouble. */
export interface Check {
  readonly id: string;
  /** What is done, and what counts as right: a sentence or two. */
  readonly about: string;
  run(context: CheckContext): Promise<readonly Tally[]>;
}

/** A share of a full count, at least one. */
export const share = (count: number, { scale }: Pick<CheckContext, 'scale'>): number => Math.max(1, Math.round(count * scale));

/** Whether what a command printed is an answer to its user: an error with a code that is not a bug's. */
export const isCoded = (stderr: string): boolean => /\berror FARZI_(?!INTERNAL)[A-Z_]+/.test(stderr);
