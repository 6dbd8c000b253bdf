/**
 * Every error a user can meet, in one table. `kind` decides the exit code of the command line: `config` is the user's
 * to correct (2), everything else is a failure (1).
 */
export const errorCodes = {
  FARZI_CONFIG_UNKNOWN_KEY: { kind: 'config', summary: 'A configuration key is not known.' },
  FARZI_CONFIG_INVALID: { kind: 'config', summary: 'A configuration value has the wrong type or is out of range.' },
  FARZI_CONFIG_SYNTAX: { kind: 'config', summary: 'The configuration file is not valid YAML or JSON.' },
  FARZI_CONFIG_NOT_FOUND: { kind: 'config', summary: 'The configuration file does not exist.' },
  FARZI_USAGE: { kind: 'config', summary: 'A command was called with wrong arguments.' },
  FARZI_MEMORY_LIMIT: { kind: 'config', summary: 'A job is expected to take more memory than there is, or than memoryLimit allows.' },
  FARZI_RUN_DIRECTORY_NOT_EMPTY: { kind: 'config', summary: 'The run directory already holds files.' },
  FARZI_RUN_LOCKED: { kind: 'config', summary: 'Another process works in the run directory.' },
  FARZI_RUN_DAMAGED: { kind: 'data', summary: 'A file of a run directory was altered.' },
  FARZI_RESUME_MISMATCH: { kind: 'config', summary: 'A run cannot be resumed with other settings, data or versions.' },
  FARZI_VOCABULARY_MISMATCH: { kind: 'config', summary: 'A dataset has another vocabulary than distilled data or a student.' },
  FARZI_PLUGIN_NOT_FOUND: { kind: 'config', summary: 'A plugin cannot be resolved from the configuration file.' },
  FARZI_PLUGIN_INVALID: { kind: 'config', summary: 'A module does not export a plugin made by definePlugin.' },
  FARZI_PLUGIN_REFUSED: {
    kind: 'config',
    summary: 'A plugin is named by a URL, or is a part of Node.js: only packages and files are loaded.',
  },
  FARZI_PLUGIN_LEFT_OUT: { kind: 'config', summary: 'A finished run needs a plugin that only its own folder names.' },
  FARZI_PLUGIN_CORE_RANGE: { kind: 'config', summary: 'A plugin wants another version of @farzi/core.' },
  FARZI_PLUGIN_DUPLICATE_ID: { kind: 'config', summary: 'Two plugins contribute the same id.' },
  FARZI_CONTRIBUTION_UNKNOWN: { kind: 'config', summary: 'No loaded plugin contributes the id that was asked for.' },
  FARZI_DATA_NOT_FOUND: { kind: 'data', summary: 'A data file does not exist.' },
  FARZI_DATA_UNREADABLE: { kind: 'data', summary: 'A data file cannot be read or decoded.' },
  FARZI_DATA_INVALID: { kind: 'data', summary: 'Data do not keep the contract of a dataset: token ids, splits, protocol.' },
  FARZI_DATA_EMPTY: { kind: 'data', summary: 'A data file holds no events.' },
  FARZI_DATA_MISSING_COLUMN: { kind: 'data', summary: 'A column or a field of a row is missing.' },
  FARZI_DATA_NOT_A_NUMBER: { kind: 'data', summary: 'A field that must be a number is not.' },
  FARZI_DATA_ALL_FILTERED: { kind: 'data', summary: 'The minimum-count filters left nothing.' },
  FARZI_DATA_VOCABULARY_TOO_SMALL: { kind: 'data', summary: 'Fewer than two distinct tokens are left.' },
  FARZI_DATA_ENCODING: { kind: 'data', summary: 'A text is not UTF-8.' },
  FARZI_DATA_TOO_LARGE: { kind: 'data', summary: 'A line, a record, a text or what a file decompresses to is larger than is read.' },
  FARZI_DATA_MISSING_SPLIT: { kind: 'data', summary: 'A corpus has no validation or test text.' },
  FARZI_DATA_TOO_SHORT: { kind: 'data', summary: 'A corpus is shorter than one window of the context.' },
  FARZI_DATA_CHECKSUM: { kind: 'data', summary: 'A file differs from the published size or checksum.' },
  FARZI_DATA_DOWNLOAD: { kind: 'data', summary: 'A download failed.' },
  FARZI_DATA_UNSAFE_ARCHIVE: { kind: 'data', summary: 'An archive entry would leave its folder or is too large.' },
  FARZI_RUN_INCOMPLETE: { kind: 'data', summary: 'A folder is not a finished run, or lacks what a command needs.' },
  FARZI_HISTORY: { kind: 'config', summary: 'A history cannot be recommended for.' },
  FARZI_PROMPT: { kind: 'config', summary: 'A prompt cannot be continued.' },
  FARZI_FILE_SYSTEM: { kind: 'data', summary: 'A file or folder cannot be read or written.' },
  FARZI_FORMAT_VERSION: { kind: 'data', summary: 'A file was written in a version of its format that is not known.' },
  FARZI_SAFETENSORS: { kind: 'data', summary: 'A safetensors file is truncated, malformed or altered.' },
  FARZI_UNKNOWN_OP: { kind: 'program', summary: 'A model uses a TensorFlow.js op that has no rule.' },
  FARZI_MODEL_INVALID: { kind: 'program', summary: 'A model does not keep its contract: shape of its logits, causality, finite values.' },
  FARZI_TRACE: { kind: 'program', summary: 'A function cannot be recorded.' },
  FARZI_SHAPE: { kind: 'program', summary: 'Shapes do not fit together.' },
  FARZI_NOT_A_LEAF: { kind: 'program', summary: 'A gradient is asked for with respect to something that is neither an input nor a leaf.' },
  FARZI_NOT_DIFFERENTIABLE: { kind: 'program', summary: 'An op on the path of a gradient has no derivative.' },
  FARZI_ENGINE_UNAVAILABLE: { kind: 'engine', summary: 'The engine that was asked for cannot be used here.' },
  FARZI_ENGINE_FAILED: { kind: 'engine', summary: 'An engine failed to compile or run a program.' },
  FARZI_JOB_FAILED: { kind: 'engine', summary: 'A job could not be done: whoever worked on it was lost again and again.' },
  FARZI_EXECUTOR_UNREACHABLE: { kind: 'engine', summary: 'The service that hands out jobs does not answer, or cannot be used.' },
  FARZI_WORKER_MISMATCH: { kind: 'config', summary: 'A worker has other versions than the run whose jobs it does.' },
  FARZI_STORE_UNREACHABLE: {
    kind: 'data',
    summary: 'The service that keeps values of jobs does not answer, or refuses what it is asked.',
  },
  FARZI_STORE_INCOMPLETE: { kind: 'data', summary: 'The store of jobs lacks what a job needs.' },
  FARZI_NOT_DETERMINISTIC: { kind: 'engine', summary: 'The same job gave two results.' },
  FARZI_SCRATCH_FILE: { kind: 'engine', summary: 'Stored learner states cannot be written to disk or read back.' },
  FARZI_NON_FINITE: { kind: 'numerics', summary: 'A loss or a state is NaN or infinite.' },
  FARZI_INTERRUPTED: { kind: 'interrupted', summary: 'The run was interrupted and can be resumed.' },
  FARZI_INTERNAL: { kind: 'internal', summary: 'An invariant of the program does not hold: a bug.' },
} as const satisfies Record<string, { kind: string; summary: string }>;

/** A key of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** Characters of a message or a hint that are kept: data in them may be of any size, as a header of a million columns. */
const LONGEST = 10_000;
/** What is added to a message that was cut, a place before it, is no reason to cut it again. */
const SLACK = 1000;

function bounded(text: string): string {
  if (text.length <= LONGEST + SLACK) return text;
  return `${text.slice(0, LONGEST)} ... (${(text.length - LONGEST).toLocaleString('en-US')} more characters)`;
}

/** What an error may carry besides its message. */
export interface FarziErrorOptions {
  /** What the user can do about it, a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error with a stable code, a message that names the value and where it came from, and a hint that says what to do;
 * both are cut where they are very long.
 */
export class FarziError extends Error {
  override readonly name = 'FarziError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: FarziErrorOptions = {}) {
    super(bounded(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? undefined : bounded(options.hint);
  }
}

/** True for a {@link FarziError}, also one made by another copy of this package. */
export function isFarziError(error: unknown): error is FarziError {
  return error instanceof Error && error.name === 'FarziError' && 'code' in error;
}

/** What was thrown, for the end of a sentence of ours: it has no full stop of its own. */
export function reasonOf(thrown: unknown): string {
  return String(thrown)
    .replace(/^(Farzi)?Error: /, '')
    .replace(/\.$/, '');
}

/** Throws `FARZI_INTERNAL` when an invariant does not hold; narrows its condition otherwise. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (condition === false || condition === undefined || condition === null)
    throw new FarziError('FARZI_INTERNAL', message, { hint: 'Report this with the configuration that caused it.' });
}
