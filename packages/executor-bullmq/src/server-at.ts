import { FarziError } from '@farzi/core';
import type { Address } from './address.js';
import type { Server } from './server.js';

/** The server at an address. Its client is loaded by those who use it. */
export async function serverAt(address: Address): Promise<Server> {
  if (address.kind === 'Redis') return (await import('./redis.js')).redisAt(address);
  return (await importPostgres()).postgresAt(address);
}

async function importPostgres(): Promise<typeof import('./postgres.js')> {
  try {
    return await import('./postgres.js');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new FarziError('FARZI_EXECUTOR_UNREACHABLE', 'The package pg, which speaks with PostgreSQL, is not installed.', {
      hint: 'Install it beside @farzi/executor-bullmq: npm install --ignore-scripts pg.',
      cause: error,
    });
  }
}
