import { FarziError } from '@farzi/core';
import { Redis } from 'ioredis';
import type { Address } from './address.js';

/** How long a server may take to answer at the start. */
const ANSWER_MILLISECONDS = 10_000;

/** The longest pause between two tries to reach a server that was there before. */
const LONGEST_PAUSE_MILLISECONDS = 5000;

/** How a server is reached by those who wait for it when it goes away. */
export const patient = ({ connection }: Address) => ({
  ...connection,
  maxRetriesPerRequest: null,
  retryStrategy: (times: number): number => Math.min(100 * 2 ** Math.min(times, 10), LONGEST_PAUSE_MILLISECONDS),
});

/** What the keys of all queues begin with. */
export const PREFIX = 'bull';

/** What is to be known of a server before it is used. */
export interface ServerFacts {
  /** Whether it finds its jobs again when it is started again. */
  readonly durable: boolean;
  /** The last thing that happened in a queue, as the stream of its events counts. */
  readonly lastEvent: string;
}

/**
 * Finds out whether a server answers, and once only: who waits for jobs should not wait for a name with a typing error.
 *
 * @throws FARZI_EXECUTOR_UNREACHABLE
 */
export async function factsOf(address: Address, queue: string): Promise<ServerFacts> {
  const client = new Redis({
    ...address.connection,
    lazyConnect: true,
    connectTimeout: ANSWER_MILLISECONDS,
    commandTimeout: ANSWER_MILLISECONDS,
    retryStrategy: () => null,
  });
  // told by what is thrown, which is less clear than the first of these
  let first: Error | undefined;
  client.on('error', (error) => (first ??= error));
  try {
    await client.connect();
    const [info, last] = [await client.info('persistence'), await client.xrevrange(`${PREFIX}:${queue}:events`, '+', '-', 'COUNT', 1)];
    return { durable: /^aof_enabled:1/m.test(info), lastEvent: last[0]?.[0] ?? '0-0' };
  } catch (thrown) {
    throw unreachable(address, first ?? (thrown as Error));
  } finally {
    client.disconnect();
  }
}

function unreachable({ place }: Address, error: Error): FarziError {
  const reason = error.message.replace(/\.$/, '');
  if (/^(NOAUTH|WRONGPASS|NOPERM)|invalid password|invalid username/i.test(reason)) {
    return new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The Redis server at ${place} refuses the credentials: ${reason}.`, {
      hint: 'Set FARZI_REDIS_PASSWORD to the password; a user name goes into the URL.',
    });
  }
  return new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The Redis server at ${place} cannot be reached: ${reason}.`, {
    hint: 'Check that it runs, that host and port are right, and that nothing between the machines blocks them.',
  });
}

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
