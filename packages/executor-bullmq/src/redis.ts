import type { FarziError } from '@farzi/core';
import { createRedisBackend } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Address } from './address.js';
import { ANSWER_MILLISECONDS, nameOf, reasonOf, refused, type Server, type ServerFacts, unreachable } from './server.js';

/** The longest pause between two tries to reach a server that was there before. */
const LONGEST_PAUSE_MILLISECONDS = 5000;

/** What the keys of all queues begin with where nothing else is said. */
const PREFIX = 'bull';

/** A Redis server. */
export function redisAt(address: Address): Server {
  const patient = {
    ...connectionOf(address),
    maxRetriesPerRequest: null,
    retryStrategy: (times: number): number => Math.min(100 * 2 ** Math.min(times, 10), LONGEST_PAUSE_MILLISECONDS),
  };
  return {
    name: nameOf(address),
    backend: (name, options, more) => createRedisBackend(name, { ...options, connection: patient }, more),
    facts: (queue) => factsOf(address, queue),
    isAway: ({ message }) => /^(connect |Connection|read |getaddrinfo)/.test(message),
    refusal: (error) => refusalOf(address, error),
  };
}

/** What the client needs to reach a server. */
export const connectionOf = ({ host, port, user, password, database, encrypted }: Address) =>
  ({
    ...{ host, port },
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { db: Number(database) }),
    ...(encrypted ? { tls: {} } : {}),
  }) satisfies RedisOptions;

async function factsOf(address: Address, queue: string): Promise<ServerFacts> {
  const client = new Redis({
    ...connectionOf(address),
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
    const forgets = `The ${nameOf(address)} keeps no append-only file: when it is started again, jobs are put into its queue again.`;
    return { lastEvent: last[0]?.[0] ?? '0-0', ...(/^aof_enabled:1/m.test(info) ? {} : { note: forgets }) };
  } catch (thrown) {
    throw refusalOf(address, first ?? thrown);
  } finally {
    client.disconnect();
  }
}

function refusalOf(address: Address, error: unknown): FarziError {
  const reason = reasonOf(error);
  const known = /^(NOAUTH|WRONGPASS|NOPERM)|invalid password|invalid username/i.test(reason);
  return known ? refused(address, reason) : unreachable(address, reason);
}
