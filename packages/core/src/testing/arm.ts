import { occurrencesOf } from '../data/counts.js';
import type { EvaluationCase } from '../data/dataset.js';
import type { ScoredTarget, Scorer } from '../evaluation/evaluate.js';
import { seenBefore } from '../evaluation/ranking.js';
import { initialParameters } from '../model/layout.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import type { Arm, ArmContext, ArmDefinition } from '../student/arm.js';
import type { TrainingData } from '../student/training-data.js';
import { randomSynthetic } from '../synthetic/random.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { sequenceWindows } from '../synthetic/windows.js';
import { attempt, check, same } from './assert.js';
import { checkSynthetic, checkTrainable, sameSynthetic } from './synthetic.js';
import { TOY_LENGTH, TOY_VOCABULARY, toyModel, toySequences, toyShape } from './toy-learner.js';
import { onTrackedEngine, type TrackedEngine } from './tracked-engine.js';

/** What an arm is checked with. */
export interface ArmCheckOptions {
  /** The arm's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What the contexts differ in. */
interface Variation {
  readonly inputs: 'soft' | 'hard';
  readonly maskSeen: boolean;
  readonly listLength: number;
}

const variations: readonly Variation[] = [
  { inputs: 'soft', maskSeen: true, listLength: 0 },
  { inputs: 'hard', maskSeen: true, listLength: 3 },
  { inputs: 'soft', maskSeen: false, listLength: 3 },
];

/** A user's next event, and a text with several targets. */
const cases: readonly EvaluationCase[] = [
  { tokens: Int32Array.of(1, 2, 3, 4), firstTarget: 3 },
  { tokens: Int32Array.of(5, 6, 7, 8, 9), firstTarget: 1 },
];

/**
 * Checks that an arm keeps its contract, for soft and hard synthetic data, with a teacher where it declares that it
 * needs one, and without where it does not: it gives training data or a scorer, and how many sequences that is; real
 * sequences hold tokens of the vocabulary and something to predict, and synthetic data are well-formed; a student can
 * be trained on what it gives; a scorer judges every target once, in order, with ranks, log-probabilities and lists
 * that can be; the same stream gives the same; what it is given stays as it is, and no values are left on the engine.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkArm(definition: ArmDefinition, given: ArmCheckOptions = {}): Promise<void> {
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  const { id, budget } = definition;
  check(['training', 'fullTraining'].includes(budget), `${id}: The budget is ${budget}, not training or fullTraining.`);
  await onTrackedEngine(async (engine) => {
    await attempt(`${id}: Calling check`, () => {
      definition.check?.(options, toyModel().model);
    });
    for (const variation of variations) await checkOne(engine, definition, options, variation);
  });
}

async function checkOne(engine: TrackedEngine, definition: ArmDefinition, options: never, variation: Variation): Promise<void> {
  const where = `${definition.id} (${variation.inputs} inputs, lists of ${variation.listLength})`;
  const context = contextOf(engine, definition, variation);
  const copies = structuredClone({ train: context.train, occurrences: context.occurrences, synthetic: context.synthetic });
  const create = (): Promise<Arm> =>
    attempt(`${where}: Calling create`, () => definition.create(options, { ...context, stream: new RandomStream(1, 'arm') }));
  const held = engine.live;
  const [arm, again] = [await create(), await create()];
  const { sequences } = arm;
  check(Number.isSafeInteger(sequences) && sequences > 0, `${where}: The number of sequences is ${sequences}.`);
  check('data' in arm !== 'scorer' in arm, `${where}: It gives neither data nor a scorer, or both.`);
  if ('scorer' in arm) await checkScorer(where, arm.scorer, 'scorer' in again ? again.scorer : arm.scorer, variation);
  else {
    checkData(where, arm.data, sequences, context);
    check('data' in again && sameData(arm.data, again.data), `${where}: The same stream gives other data.`);
    await checkTrainable(where, engine, arm.data);
  }
  check(engine.live === held, `${where}: ${engine.live - held} values are left on the engine.`);
  const untouched =
    context.train.every((sequence, index) => same(sequence, copies.train[index] ?? [])) &&
    same(context.occurrences, copies.occurrences) &&
    (['distilled', 'initial'] as const).every((name) => sameSynthetic(context.synthetic[name], copies.synthetic[name]));
  check(untouched, `${where}: Calling create changes what it is given.`);
}

function contextOf(
  engine: TrackedEngine,
  { needsTeacher }: ArmDefinition,
  { inputs, maskSeen, listLength }: Variation,
): Omit<ArmContext, 'stream'> {
  const [train, shape, model] = [toySequences(), toyShape(inputs), toyModel()];
  const synthetic = (name: string): SyntheticData =>
    randomSynthetic(shape, sequenceWindows(train, shape, new RandomStream(1, 'windows')), new RandomStream(1, name));
  const weights = initialParameters(model.layout, new RandomStream(1, 'teacher'));
  return {
    ...{ engine, train, maskSeen, listLength, length: TOY_LENGTH },
    occurrences: occurrencesOf(train, TOY_VOCABULARY),
    // some of the real sequences fit, and not all
    synthetic: { distilled: synthetic('distilled'), initial: synthetic('initial'), bytes: 50 },
    teacher: needsTeacher === true ? teacherView(engine, model, weights, TOY_LENGTH) : undefined,
  };
}

function checkData(where: string, data: TrainingData, sequences: number, { synthetic }: Pick<ArmContext, 'synthetic'>): void {
  if (data.kind === 'source') return;
  if (data.kind === 'synthetic') {
    checkSynthetic(where, data.data, { ...data.data, vocabularySize: synthetic.initial.vocabularySize });
    check(
      sequences === data.data.sequences,
      `${where}: The number of sequences is ${sequences} for ${data.data.sequences} synthetic ones.`,
    );
    return;
  }
  check(sequences === data.sequences.length, `${where}: The number of sequences is ${sequences} for ${data.sequences.length} real ones.`);
  data.sequences.forEach((sequence, index) => {
    check(sequence instanceof Int32Array, `${where}: Sequence ${index} is no Int32Array.`);
    check(
      sequence.every((token) => token >= 0 && token < TOY_VOCABULARY),
      `${where}: Sequence ${index} holds a token outside the vocabulary.`,
    );
    check(sequence.length > 1, `${where}: There is nothing to predict in sequence ${index} of ${sequence.length} tokens.`);
  });
}

function sameData(a: TrainingData, b: TrainingData): boolean {
  if (a.kind === 'real' && b.kind === 'real')
    return a.sequences.length === b.sequences.length && a.sequences.every((sequence, index) => same(sequence, b.sequences[index] ?? []));
  if (a.kind === 'synthetic' && b.kind === 'synthetic') return sameSynthetic(a.data, b.data);
  return a.kind === b.kind;
}

async function checkScorer(where: string, scorer: Scorer, again: Scorer, { maskSeen, listLength }: Variation): Promise<void> {
  const [found, repeated] = [await scored(where, scorer), await scored(where, again)];
  const targets = cases.flatMap(({ tokens, firstTarget }, index) =>
    Array.from(tokens.subarray(firstTarget), (target, offset) => ({ target, case: index, at: firstTarget + offset })),
  );
  check(found.length === targets.length, `${where}: The scorer judges ${found.length} targets of ${targets.length}.`);
  targets.forEach((wanted, index) => {
    const { target, case: ofCase, rank, logProbability, list } = found[index] as ScoredTarget;
    const name = `${where}: Target ${index}`;
    check(
      target === wanted.target && ofCase === wanted.case,
      `${name} is ${target} of case ${ofCase}, not ${wanted.target} of ${wanted.case}.`,
    );
    check(rank >= 1 && rank <= TOY_VOCABULARY, `${name} has the rank ${rank} among ${TOY_VOCABULARY}.`);
    check(Number.isFinite(logProbability) && logProbability <= 0, `${name} has the log-probability ${logProbability}.`);
    check(list.length === listLength, `${name} has a list of ${list.length}, and ${listLength} were asked for.`);
    check(new Set(list).size === list.length && list.every((id) => id >= 0 && id < TOY_VOCABULARY), `${name} has a list that cannot be.`);
    const seen = maskSeen ? seenBefore(cases[ofCase] as EvaluationCase, wanted.at) : [];
    check(!list.some((id) => seen.includes(id)), `${name} has a list with what was seen before, which is to be left out.`);
    check(
      repeated[index]?.rank === rank && repeated[index].logProbability === logProbability,
      `${where}: The same stream gives other scores.`,
    );
  });
}

async function scored(where: string, scorer: Scorer): Promise<ScoredTarget[]> {
  return attempt(`${where}: Calling the scorer`, async () => {
    const all: ScoredTarget[] = [];
    for await (const part of scorer(cases)) all.push(...part);
    return all;
  });
}
