import { FarziError } from '@farzi/core';
import type { BackendFactory } from 'bullmq';
import { type Address, placeOf } from './address.js';

/** How long a server may take to answer at the start. */
export const ANSWER_MILLISECONDS = 10_000;

/** What tells one kind of server from another: all else about queues is the same for all of them. */
export interface Server {
  /** Its kind, host and port, for messages. */
  readonly name: string;
  /** What connects a queue, its events and its workers with it, and goes on when it was away. */
  readonly backend: BackendFactory;
  /**
   * Finds out whether it answers, and once only: who waits for jobs should not wait for a name with a typing error.
   * Makes what queues need there.
   *
   * @throws FARZI_EXECUTOR_UNREACHABLE
   */
  facts(queue: string): Promise<ServerFacts>;
  /** Whether an error says that it is away, and may be back. */
  isAway(error: Error): boolean;
  /** What an error means for whoever wants to begin. */
  refusal(error: unknown): FarziError;
}

/** What is to be known of a server before it is used. */
export interface ServerFacts {
  /** The last thing that happened in the queue, as its events are counted. */
  readonly lastEvent: string;
  /** What users should know of it. */
  readonly note?: string;
}

/** What a server is called in messages. */
export const nameOf = (address: Address): string => `${address.kind} server at ${placeOf(address)}`;

/** What was thrown, for the end of a sentence. */
export const reasonOf = (thrown: unknown): string => (thrown as Error).message.replace(/\.$/, '');

/** That a server does not let in whoever wants to use it. */
export const refused = (address: Address, reason: string): FarziError =>
  new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The ${nameOf(address)} refuses the credentials: ${reason}.`, {
    hint: 'Set FARZI_QUEUE_PASSWORD to the password; a user name goes into the URL.',
  });

/** That a server does not answer. */
export const unreachable = (address: Address, reason: string): FarziError =>
  new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The ${nameOf(address)} cannot be reached: ${reason}.`, {
    hint: 'Check that it runs, that host and port are right, and that nothing between the machines blocks them.',
  });

/** How long a connection may take to be closed in an orderly way: a server that is gone would be waited for. */
const CLOSE_MILLISECONDS = 2000;

/** Waits for something that a server which is gone would never do. */
export async function forAWhile(promise: Promise<unknown>, milliseconds = CLOSE_MILLISECONDS): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
