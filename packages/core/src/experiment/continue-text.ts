import type { Tokenizer } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { FarziError } from '../errors.js';
import { readPrompt } from '../generation/prompt.js';
import { resolveExperiment } from '../config/resolve.js';
import type { Registry } from '../plugin/registry.js';
import { type FinishedRun, requireTokenizer } from '../run/finished-run.js';
import { openStudent } from '../run/student-files.js';
import { continueWith, type PromptRequest } from '../student/continue.js';
import type { Student } from '../student/student.js';

/** The same, of a run. */
export interface ContinuationRequest extends PromptRequest {
  /** Kinds of data whose students go on, each from the same draws. */
  readonly arms: readonly string[];
}

/** A student's continuation of a prompt. */
export interface Continuation {
  readonly student: string;
  /** The kind of data it was trained on. */
  readonly data: string;
  /** Prompt and continuation. */
  readonly text: string;
}

/** A student for each kind of data. */
interface LoadedStudents {
  readonly label: string;
  readonly trained: readonly { readonly data: string; readonly student: Student }[];
}

/**
 * Continues a prompt with students of a run, one after the other.
 *
 * @throws FARZI_PROMPT when nothing of the prompt is known, FARZI_RUN_INCOMPLETE when the run has no tokenizer or no
 *   such students
 */
export async function* continueText(
  run: FinishedRun,
  registry: Registry,
  engine: Engine,
  request: ContinuationRequest,
): AsyncGenerator<Continuation> {
  const tokenizer = requireTokenizer(run, registry);
  readPrompt(request.prompt, tokenizer);
  // all of them first: what is missing should not be told after half of the answer
  for (const { label, trained } of await loadStudents(run, registry, request.arms))
    for (const { data, student } of trained) yield { student: label, data, text: await continueWith(student, tokenizer, engine, request) };
}

/**
 * The tokenizer of a student of a text.
 *
 * @param name - what messages call the student: a file
 * @throws FARZI_PROMPT for a student that has none, FARZI_CONTRIBUTION_UNKNOWN for one of a dataset that is not known
 */
export function tokenizerOfStudent({ tokenizer, model, vocabulary }: Student, name: string, registry: Registry): Tokenizer {
  const made = tokenizer && registry.get('dataset', tokenizer.dataset).restoreTokenizer?.(tokenizer.saved, vocabulary);
  if (made !== undefined) return made;
  if (model.definition.task !== 'language') {
    throw new FarziError('FARZI_PROMPT', `The file ${name} holds a student for ${model.definition.task}: it has no text to continue.`, {
      hint: 'Give a student of a text. farzi recommend goes on with items.',
    });
  }
  throw new FarziError('FARZI_PROMPT', `The student of ${name} does not say how text becomes tokens: it has no tokenizer.`, {
    hint: 'Train it again, as earlier versions saved none, or give the run directory that it is of.',
  });
}

async function loadStudents(run: FinishedRun, registry: Registry, arms: readonly string[]): Promise<LoadedStudents[]> {
  const loaded: LoadedStudents[] = [];
  for (const { label, definition } of resolveExperiment(run.config, registry).students) {
    const load = async (data: string) => ({ data, student: await openStudent(run.path, { student: label, data }, [definition]) });
    loaded.push({ label, trained: await Promise.all(arms.map(load)) });
  }
  return loaded;
}
