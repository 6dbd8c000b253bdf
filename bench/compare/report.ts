import { fastest, spread } from '../timing.js';
import { type Disagreement, worst } from './agreement.js';
import { type Circumstances, REFERENCE, type TrainingAnswer, type UnrollAnswer } from './protocol.js';

/** An answer and how it differs from the reference's. */
export type Judged<A> = A & { readonly disagreement: Disagreement };

/** The measurements of all rounds together, and the largest memory. */
function joinedResults<R extends Circumstances>(results: readonly [R, ...R[]]): R {
  const joined: R = { ...results[0], peakRssMB: Math.max(...results.map(({ peakRssMB }) => peakRssMB)) };
  for (const key of Object.keys(joined) as (keyof R)[]) {
    if (Array.isArray(joined[key])) joined[key] = results.flatMap((result) => result[key]) as R[keyof R];
  }
  return joined;
}

/** One answer for each contestant, mode and number of threads, and the largest disagreement. */
export function mergedRounds<A extends UnrollAnswer | TrainingAnswer>(answers: readonly Judged<A>[]): Judged<A>[] {
  return groups(answers, ({ contestant, mode, threads }) => `${contestant} ${mode} ${threads}`).map((rounds) => {
    const furthest = rounds.reduce((most, each) => (worst(each.disagreement) > worst(most.disagreement) ? each : most));
    const results = rounds.map(({ result }) => result) as [A['result'], ...A['result'][]];
    return { ...furthest, result: joinedResults(results) };
  });
}

/** The answer whose figure is smallest. */
function bestBy<A>(answers: readonly A[], figure: (answer: A) => number): A | undefined {
  return answers.reduce<A | undefined>((best, each) => (best === undefined || figure(each) < figure(best) ? each : best), undefined);
}

const groups = <A>(answers: readonly A[], key: (answer: A) => string): A[][] => {
  const found = new Map<string, A[]>();
  for (const answer of answers) found.set(key(answer), [...(found.get(key(answer)) ?? []), answer]);
  return [...found.values()];
};

/** Milliseconds of one of some steps, and how far the slowest measurement was from the fastest. */
function milliseconds(seconds: readonly number[], steps = 1): string {
  return `${((1000 * fastest(seconds)) / steps).toFixed(1)}${seconds.length > 1 ? ` (+${Math.round(100 * spread(seconds))} %)` : ' (once)'}`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

const gigaflops = (flops: number, seconds: readonly number[]): number => flops / fastest(seconds) / 1e9;

/** Each contestant's meta-gradient, each mode at its best number of threads. */
export function unrollTable(answers: readonly Judged<UnrollAnswer>[], steps: number): string {
  const meta = ({ result }: UnrollAnswer): number => fastest(result.metaSeconds);
  const best = groups(answers, ({ contestant, mode }) => `${contestant} ${mode}`).flatMap((group) => bestBy(group, meta) ?? []);
  const reference = best.find(({ contestant }) => contestant === REFERENCE);
  return markdown(
    [
      'contestant',
      'mode',
      'threads',
      'plain ms/step',
      'meta-gradient ms/step',
      'meta / plain',
      `x ${REFERENCE}`,
      'peak MB',
      'compile s',
      'disagreement',
    ],
    best.map((answer) => {
      const { contestant, mode, threads, result, disagreement } = answer;
      return [
        contestant,
        mode,
        String(threads),
        milliseconds(result.plainSeconds, steps),
        milliseconds(result.metaSeconds, steps),
        (meta(answer) / fastest(result.plainSeconds)).toFixed(2),
        reference === undefined ? '' : (meta(answer) / meta(reference)).toFixed(2),
        String(result.peakRssMB),
        result.compileSeconds.toFixed(1),
        worst(disagreement).toExponential(1),
      ];
    }),
  );
}

/**
 * Each contestant's training, ranking and large matrix product, each figure at its best number of threads, which stands
 * in brackets.
 */
export function trainingTable(answers: readonly Judged<TrainingAnswer>[], steps: number, product: number): string {
  const contestants = groups(answers, ({ contestant }) => contestant);
  const reference = contestants.find(([first]) => first?.contestant === REFERENCE) ?? [];
  const bestOf = (group: readonly TrainingAnswer[], figure: Figure) => bestBy(group, ({ result }) => fastest(result[figure]));
  const cells = (group: readonly TrainingAnswer[], figure: Figure, per: number): string[] => {
    const best = bestOf(group, figure);
    const theirs = bestOf(reference, figure);
    if (best === undefined) return ['', ''];
    const ratio = theirs === undefined ? '' : (fastest(best.result[figure]) / fastest(theirs.result[figure])).toFixed(2);
    return [`${milliseconds(best.result[figure], per)} [${best.threads}]`, ratio];
  };
  return markdown(
    ['contestant', 'training ms/step', `x ${REFERENCE}`, 'ranking ms/batch', `x ${REFERENCE}`, 'product GFLOP/s', 'disagreement'],
    contestants.map((group) => {
      const fast = bestOf(group, 'productSeconds');
      return [
        group[0]?.contestant ?? '',
        ...cells(group, 'trainingSeconds', steps),
        ...cells(group, 'rankingSeconds', 1),
        fast === undefined ? '' : `${gigaflops(2 * product ** 3, fast.result.productSeconds).toFixed(0)} [${fast.threads}]`,
        Math.max(...group.map(({ disagreement }) => worst(disagreement))).toExponential(1),
      ];
    }),
  );
}

type Figure = 'trainingSeconds' | 'rankingSeconds' | 'productSeconds';

/**
 * A contestant's achieved rate of matrix products against what the same one reaches on large ones, with the same threads.
 */
export interface Utilisation {
  readonly contestant: string;
  readonly threads: number;
  readonly productGigaflops: number;
  readonly plainGigaflops: number;
  readonly metaGigaflops: number;
}

/** Rates of the meta-gradients that were measured with stored states, where training was measured too. */
export function utilisation(
  unrolls: readonly UnrollAnswer[],
  trainings: readonly TrainingAnswer[],
  flops: { readonly plain: number; readonly meta: number },
  product: number,
): Utilisation[] {
  return unrolls.flatMap(({ contestant, mode, threads, result }) => {
    const training = trainings.find((each) => each.contestant === contestant && each.threads === threads);
    if (mode !== 'stored' || training === undefined) return [];
    return {
      contestant,
      threads,
      productGigaflops: gigaflops(2 * product ** 3, training.result.productSeconds),
      plainGigaflops: gigaflops(flops.plain, result.plainSeconds),
      metaGigaflops: gigaflops(flops.meta, result.metaSeconds),
    };
  });
}

/** One line for each contestant and number of threads. */
export function utilisationText(rates: readonly Utilisation[]): string {
  return rates
    .map(({ contestant, threads, productGigaflops, plainGigaflops, metaGigaflops }) => {
      const share = (rate: number): string => `${rate.toFixed(1)} GFLOP/s (${((100 * rate) / productGigaflops).toFixed(0)} %)`;
      return `${contestant}, ${threads} thread${threads === 1 ? '' : 's'}: plain training ${share(plainGigaflops)}, meta-gradient ${share(metaGigaflops)} of the ${productGigaflops.toFixed(1)} GFLOP/s of a large matrix product`;
    })
    .join('\n');
}
