import { targetsOf } from '../data/corpus.js';
import type { ResolvedExperiment } from '../config/resolve.js';
import type { Dataset } from '../data/dataset.js';
import { meanAndDeviation } from '../evaluation/statistics.js';
import { type Metric, valueOfScore } from '../evaluation/metric.js';
import { bytesOfEvents } from '../data/event-bytes.js';
import { storedBytes } from '../synthetic/stored-bytes.js';
import { storedNumbers } from '../synthetic/synthetic.js';
import type { Distillation } from '../distill/request.js';
import { distillsFromTeacher } from '../distill/teacher.js';
import type { Session } from './session.js';
import type { MeasuredStudent, StudentResult, Summary } from '../report/summary.js';
import { RandomStream } from '../random/stream.js';
import type { TrainingOptions } from '../training/options.js';
import { groupResults } from './groups.js';
import { pairedComparisons } from './paired.js';

/**
 * Distilled mean / full mean for every metric of every student, inverted where smaller is better; metrics that full
 * data left at 0 have none.
 */
export function retention(results: readonly StudentResult[], metrics: readonly Metric[]): Record<string, Record<string, number>> {
  const mean = (student: string, data: string, key: string): number => {
    const values = results
      .filter((result) => result.student === student && result.data === data)
      .map((result) => result.metrics[key] ?? Number.NaN);
    return values.length === 0 ? Number.NaN : meanAndDeviation(values).mean;
  };
  const students = [...new Set(results.map(({ student }) => student))];
  return Object.fromEntries(
    students.map((student) => [
      student,
      Object.fromEntries(
        metrics.flatMap(({ key, smallerIsBetter }) => {
          const [distilled, full] = [mean(student, 'distilled', key), mean(student, 'full', key)];
          const ratio = smallerIsBetter ? full / distilled : distilled / full;
          return Number.isFinite(ratio) ? [[key, ratio] as const] : [];
        }),
      ),
    ]),
  );
}

/** A setting as a sentence says it. */
function inWords(value: unknown): string {
  return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : [value].flat().join(' or ');
}

/**
 * Sentences that say how students are evaluated.
 *
 * @param maxLength - longest input, in tokens
 */
export function evaluationSentences({ config }: Pick<ResolvedExperiment, 'config'>, dataset: Dataset, maxLength: number): string[] {
  return [
    dataset.protocol,
    config.task === 'recommendation'
      ? `The target is ranked among all ${dataset.vocabulary.length} items${config.evaluation.maskSeen ? ', items the user has already seen left out' : ', items already seen included'}; a tie counts as half a place; ${dataset.test.length} test users.`
      : `Every test token counts; texts are cut into consecutive windows of ${maxLength} inputs, and a token is predicted from those before it in its window.`,
  ];
}

/** What is to be known about students on the full data whose steps ended too soon: what others retain of it looks like more. */
export function shortOfSteps(
  results: readonly StudentResult[],
  { maxSteps, patience, evaluateEvery }: Pick<TrainingOptions, 'maxSteps' | 'patience' | 'evaluateEvery'>,
): string[] {
  // one that diverged before its first validation has no metrics, and did not end for want of steps
  const full = results.filter(({ data, metrics }) => data === 'full' && Object.keys(metrics).length > 0);
  // validation had no time to stop improving
  const short = full.filter(({ trainingSteps = 0 }) => trainingSteps + patience * evaluateEvery > maxSteps).length;
  return short === 0
    ? []
    : [
        `${short} of ${full.length} students on the full data had not stopped improving when their ${maxSteps} steps ended: with a larger fullTraining.maxSteps they may do better, and others retain less.`,
      ];
}

/** Where it is not all that there are. */
function validatedOn({ config: { task, evaluation } }: Session['experiment'], { validation }: Session['dataset']): string {
  const { validationTargets = Infinity } = evaluation;
  if (targetsOf(validation) <= validationTargets) return '';
  return task === 'recommendation'
    ? ` (over ${validationTargets} users, evenly among all)`
    : ` (over its first ${validationTargets} targets)`;
}

/** Sentences that belong beside every number. */
function protocol({ experiment, dataset }: Session, results: readonly StudentResult[]): string[] {
  const { evaluation, training, fullTraining, seed, maxLength } = experiment.config;
  const { selection } = experiment;
  const differing = Object.entries(fullTraining).map(([key, value]) => `${key} ${inWords(value)}`);
  const budget =
    differing.length === 0
      ? 'The budget is the same for every kind of data.'
      : `The budget is the same for every kind of data but full, which has ${differing.join(', ')}.`;
  return [
    ...evaluationSentences(experiment, dataset, maxLength),
    `Students start from scratch (all parameters), ${evaluation.seeds === 1 ? `seed ${seed}` : `${evaluation.seeds} seeds from ${seed}`}; at most ${training.maxSteps} steps; the step${typeof training.learningRate === 'number' ? '' : ' and learning rate'} with the best validation ${selection.key}${validatedOn(experiment, dataset)} is kept; test is read once. ${budget}`,
    ...shortOfSteps(results, experiment.fullTraining),
    'Our re-implementation of Farzi; no numbers of the paper are used.',
  ];
}

/** The run's summary, as it is written to `summary.json`. */
export async function summarise(
  session: Session,
  { synthetic, teacher, progress }: Distillation,
  measured: readonly MeasuredStudent[],
): Promise<Summary> {
  const { experiment, dataset, corpus, engine } = session;
  const { task } = experiment.config;
  const { data } = synthetic;
  const numbers = storedNumbers(data);
  const { total: bytes, ...bytesOf } = storedBytes(synthetic);
  const { ids, brotli } = await bytesOfEvents(dataset.train, dataset.vocabulary.length);
  // a teacher that only arms ask is no cost of distilling
  const taught = distillsFromTeacher(experiment.initialisation, experiment.teacher, experiment.distillation);
  const sizes =
    task === 'recommendation'
      ? { users: dataset.sequences, items: dataset.vocabulary.length }
      : { documents: dataset.sequences, vocabulary: dataset.vocabulary.length };
  const { definition, options } = experiment.distillation.metaOptimizer;
  const results = measured.map(({ ofCases: _cases, ...result }): StudentResult => result);
  const comparisons = pairedComparisons(measured, experiment.selection, new RandomStream(experiment.config.seed).child('comparisons'));
  const groups = task === 'recommendation' ? groupResults(measured, experiment.selection, dataset) : [];
  return {
    task,
    dataset: { id: dataset.id, ...sizes, events: dataset.events },
    synthetic: {
      sequences: data.sequences,
      length: data.length,
      rank: data.rank,
      inputs: data.inputs,
      ...{ bytes, bytesOf, bytesOfIds: ids, bytesOfEvents: brotli, fractionOfBytes: bytes / brotli },
      storedNumbers: numbers,
      fractionOfSequences: data.sequences / (task === 'recommendation' ? dataset.sequences : corpus.train.length),
      fractionOfEvents: (data.sequences * data.length) / dataset.events,
      fractionOfNumbers: numbers / dataset.events,
    },
    protocol: protocol(session, results),
    results,
    retention: retention(results, experiment.metrics),
    ...(comparisons.length === 0 ? {} : { comparisons }),
    ...(groups.length === 0 ? {} : { groups }),
    distillation: {
      seconds: progress.seconds + (taught ? (teacher?.seconds ?? 0) : 0),
      outerSteps: progress.step,
      innerSteps: definition.innerSteps(options as never),
      skippedSteps: progress.skipped,
      selectedStep: progress.best?.step ?? 0,
      ...(progress.best === undefined ? {} : { validation: valueOfScore(experiment.selection, progress.best.score) }),
      peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
      engine: engine.id,
    },
  };
}
