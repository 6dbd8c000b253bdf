import {
  FarziError,
  invariant,
  isFarziError,
  type Job,
  jobId,
  type JobResult,
  receivedError,
  sentError,
  type SentError,
} from '@farzi/core';
import { UnrecoverableError } from 'bullmq';

/** What is in the queue: names and numbers, never values. */
export interface Message {
  readonly job: Job;
  /** Name of a value in the store: whoever finds it has the store of whoever wants the job done. */
  readonly probe: string;
}

/** Bytes of a job in the queue, and more than any has. */
const MOST_BYTES = 2048;

/** Tries that a job gets which fails for no reason that is known. */
export const ATTEMPTS = 3;

export function messageOf(job: Job, probe: string): Message {
  const message = { job, probe };
  const bytes = Buffer.byteLength(JSON.stringify(message));
  invariant(bytes < MOST_BYTES, `A job takes ${bytes} bytes in the queue, and not less than ${MOST_BYTES}.`);
  return message;
}

/**
 * Reads what came from the queue.
 *
 * @throws FARZI_JOB_FAILED when it is not what was put there
 */
export function readMessage(id: string | undefined, data: unknown): Message {
  const { job, probe } = (data ?? {}) as Partial<Message>;
  const { kind, inputs, numbers } = job ?? {};
  const whole = typeof kind === 'string' && typeof probe === 'string' && typeof inputs === 'object' && typeof numbers === 'object';
  if (whole && jobId({ kind, inputs, numbers }) === id) return { job: { kind, inputs, numbers }, probe };
  throw new FarziError('FARZI_JOB_FAILED', `The job ${id ?? 'without a name'} in the queue is not what its name stands for.`, {
    hint: 'Let no other programs use the queue, and give everybody the same version of @farzi/executor-bullmq.',
  });
}

/** A failure as it travels. */
interface Failure extends SentError {
  readonly worker: string;
}

/** The error that makes the queue try a job again, or give it up where trying again would change nothing. */
export function refusalOf(error: unknown, worker: string): Error {
  const text = JSON.stringify({ ...sentError(error), worker } satisfies Failure);
  return isFarziError(error) ? new UnrecoverableError(text) : new Error(text);
}

/**
 * What a failure in the queue means for whoever wants the job done.
 *
 * @param log - what was written about all its tries
 */
export function errorOf(job: Job, reason: string, log: readonly string[]): Error {
  const failure = readFailure(reason);
  if (failure?.code !== undefined) return receivedError(failure);
  const name = `${job.kind} ${jobId(job).slice(0, 12)}`;
  if (failure === undefined) {
    return new FarziError('FARZI_JOB_FAILED', `The job ${name} was lost with its workers again and again: ${reason}.`, {
      hint: 'Look at what ends them: short memory, or a machine that is taken away.',
    });
  }
  return new FarziError(
    'FARZI_JOB_FAILED',
    `The job ${name} failed ${ATTEMPTS} times:\n${log.join('\n')}\nThe last failure was on ${failure.worker}: ${failure.message.replace(/\.$/, '')}.`,
    { hint: 'When it is corrected, --resume goes on with what is done already.' },
  );
}

function readFailure(reason: string): Failure | undefined {
  try {
    return JSON.parse(reason) as Failure;
  } catch {
    return undefined;
  }
}

/** True for what a worker answers with a result. */
export const isResult = (value: unknown): value is JobResult =>
  typeof value === 'object' && value !== null && 'outputs' in value && 'worker' in value;
