import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@farzi/core';

/** What one kind of trouble did to the program, by subject. */
export interface Tally {
  /** What was troubled: an engine, a file, a parser. */
  readonly subject: string;
  /** How often. */
  readonly tried: number;
  /** Each that ended as it must not, in words from which it can be done again. */
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
  /** Cases at the same time. */
  readonly jobs: number;
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

/** What becomes of one case. */
export interface Attempt {
  /** 1 by default. */
  readonly tried?: number;
  readonly wrong: readonly string[];
}

/** A share of a full count, at least one. */
export const share = (count: number, { scale }: Pick<CheckContext, 'scale'>): number =>
  Math.max(1, Math.min(count, Math.round(count * scale)));

/** Numbers from 0 on. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Some of many cases, drawn by the seed, in their order. */
function drawn<T>(cases: readonly T[], context: CheckContext): readonly T[] {
  const count = share(cases.length, context);
  if (count === cases.length) return cases;
  const places = new RandomStream(context.seed, 'drawn').distinct(cases.length, count);
  return places.sort((a, b) => a - b).flatMap((place) => cases.slice(place, place + 1));
}

/**
 * Tries the share of the cases that is wanted, and counts them by subject.
 *
 * @param attempt - gets an empty folder of its own
 */
export async function tallied<T extends { readonly subject: string }>(
  context: CheckContext,
  cases: readonly T[],
  attempt: (each: T, own: string) => Promise<Attempt>,
): Promise<Tally[]> {
  const tallies = new Map<string, Tally>(cases.map(({ subject }) => [subject, { subject, tried: 0, wrong: [] }]));
  const left = [...drawn(cases, context).entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      context.signal.throwIfAborted();
      const [index, each] = next;
      const own = join(context.folder, `case-${index}`);
      await mkdir(own);
      const { tried, wrong } = counted(
        await attempt(each, own).catch((error: unknown) => {
          context.signal.throwIfAborted();
          return { wrong: [String(error)] };
        }),
      );
      await rm(own, { recursive: true, force: true });
      const known = tallies.get(each.subject);
      tallies.set(each.subject, {
        subject: each.subject,
        tried: (known?.tried ?? 0) + tried,
        wrong: [...(known?.wrong ?? []), ...wrong],
      });
      context.progress(`${each.subject}: ${wrong.length === 0 ? 'right' : wrong.join('; ')}`);
    }
  };
  await Promise.all(numbers(context.jobs).map(work));
  return [...tallies.values()].filter(({ tried }) => tried > 0);
}

/** What is wrong in two ways is wrong once. */
const counted = ({ tried = 1, wrong }: Attempt): Required<Attempt> => ({ tried, wrong: wrong.length > tried ? [wrong.join('; ')] : wrong });

/** Whether what a command printed is an answer to its user: an error with a code that is not a bug's. */
export const isCoded = (stderr: string): boolean => /\berror FARZI_(?!INTERNAL)[A-Z_]+/.test(stderr);

/** The end of a command that must not be, in words. */
export const wordsOf = ({ code, signal, stderr }: { code: number | null; signal: string | null; stderr: string }): string =>
  `${signal ?? `exit code ${code}`}${isCoded(stderr) ? '' : ' without a code'}: ${stderr.trim().slice(-400)}`;
