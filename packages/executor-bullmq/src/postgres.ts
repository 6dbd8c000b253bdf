import { FarziError, isFarziError } from '@farzi/core';
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  LATEST_SCHEMA_VERSION,
  RECOMMENDED_POSTGRES_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
} from 'bullmq';
import { Client, type ClientConfig } from 'pg';
import { type Address, placeOf } from './address.js';
import { ANSWER_MILLISECONDS, forAWhile, nameOf, reasonOf, refused, type Server, type ServerFacts, unreachable } from './server.js';

/** Where the tables of all queues are, apart from those of other programs in the same database. */
const SCHEMA = 'farzi';

/** Connections that a queue or a worker has at most, next to the one on which it is told of news. */
const MOST_CONNECTIONS = 4;

/** How long any question may take: the connection of one that takes longer is given up. */
const QUESTION_MILLISECONDS = 30_000;

/**
 * How far a clock may be from the server's. Locks end by the clocks of whoever looks at them, 15 seconds after they
 * were renewed, which happens twice as often: two machines may be apart by less than half of that.
 */
const CLOCKS_MILLISECONDS = 3000;

/** A PostgreSQL server. */
export function postgresAt(address: Address): Server {
  const patient = {
    ...connectionOf(address),
    ...{ schema: SCHEMA, max: MOST_CONNECTIONS, query_timeout: QUESTION_MILLISECONDS, skipVersionCheck: true },
  };
  return {
    name: nameOf(address),
    backend: (name, options, more) => createPostgresBackend(name, { ...options, connection: patient }, more),
    facts: (queue) => factsOf(address, queue),
    isAway,
    refusal: (error) => refusalOf(address, error),
  };
}

/** What the client needs to reach a server; what is not given it takes from PGUSER, PGPASSWORD, PGDATABASE and .pgpass. */
export const connectionOf = ({ host, port, user, password, database, encrypted }: Address) =>
  ({
    ...{ host, port, ssl: encrypted, keepAlive: true, connectionTimeoutMillis: ANSWER_MILLISECONDS },
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
  }) satisfies ClientConfig;

async function factsOf(address: Address, queue: string): Promise<ServerFacts> {
  const client = new Client({ ...connectionOf(address), query_timeout: QUESTION_MILLISECONDS });
  // told by what is thrown
  client.on('error', () => undefined);
  try {
    await client.connect();
    const before = Date.now();
    const { rows } = await client.query<{ version: string; now: number; fsync: string }>(
      `SELECT current_setting('server_version_num') AS version, current_setting('fsync') AS fsync,
              (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
    );
    const { version = '0', now = 0, fsync = 'on' } = rows[0] ?? {};
    requireVersion(address, Math.floor(Number(version) / 10_000));
    requireClock(address, before > now ? before - now : Math.min(0, Date.now() - now));
    await makeTables(client);
    const last = await client.query<{ id: string }>(`SELECT coalesce(max(id), 0)::text AS id FROM ${SCHEMA}.event WHERE queue = $1`, [
      queue,
    ]);
    const forgets = `The ${nameOf(address)} does not wait for its disk (fsync is ${fsync}): when its machine fails, its queue may be damaged.`;
    return { lastEvent: last.rows[0]?.id ?? '0', ...(fsync === 'on' ? {} : { note: forgets }) };
  } catch (thrown) {
    throw refusalOf(address, thrown);
  } finally {
    await forAWhile(client.end());
  }
}

/** Makes the tables if need be, which takes rights that using them does not. */
async function makeTables(client: Client): Promise<void> {
  try {
    if ((await assertSchemaCompatibility(client, SCHEMA, { skipVersionCheck: true })) >= LATEST_SCHEMA_VERSION) return;
  } catch (error) {
    if (!(error instanceof SchemaMigrationRequiredError)) throw error;
  }
  await runMigrations(client, SCHEMA, { skipVersionCheck: true });
}

/** @throws FARZI_EXECUTOR_UNREACHABLE when a server is too old for queues */
export function requireVersion(address: Address, version: number): void {
  if (version >= RECOMMENDED_POSTGRES_VERSION) return;
  throw new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The ${nameOf(address)} has version ${version}, which is too old for queues.`, {
    hint: `Use PostgreSQL ${RECOMMENDED_POSTGRES_VERSION} or later.`,
  });
}

/** @throws FARZI_EXECUTOR_UNREACHABLE when this machine's clock is so far ahead of the server's that locks would end early, or late */
export function requireClock(address: Address, milliseconds: number): void {
  if (Math.abs(milliseconds) <= CLOCKS_MILLISECONDS) return;
  const how = `${(Math.abs(milliseconds) / 1000).toFixed(1)} seconds ${milliseconds > 0 ? 'ahead of' : 'behind'}`;
  throw new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The clock of this machine is ${how} that of the ${nameOf(address)}.`, {
    hint: 'Let time servers (NTP) set the clocks of all machines: by them a worker is known to be lost.',
  });
}

/** Classes of SQLSTATE: lost connections, exhausted resources, a server that stops or starts. */
const AWAY = /^(08|53|57P)/;

function isAway(error: Error): boolean {
  const { code, message } = error as Error & { readonly code?: unknown };
  if (typeof code === 'string') return AWAY.test(code) || /^E[A-Z_]+$/.test(code);
  return /connection|timeout|not queryable/i.test(message);
}

function refusalOf(address: Address, error: unknown): FarziError {
  if (isFarziError(error)) return error;
  const { code } = error as { readonly code?: string };
  const reason = reasonOf(error);
  const unusable = (what: string, hint: string): FarziError =>
    new FarziError('FARZI_EXECUTOR_UNREACHABLE', `The ${nameOf(address)} ${what}: ${reason}.`, { hint });
  // the client says without a code that it was asked for a password, and has none
  if (/^28/.test(code ?? '') || /password must be a string/.test(reason)) return refused(address, reason);
  if (code === '3D000')
    return unusable(
      'does not have the database',
      `Make it, or end the URL with the name of another, as in postgres://user@${placeOf(address)}/farzi.`,
    );
  if (code === '42501')
    return unusable(
      'denies what queues need',
      `Let its owner run GRANT CREATE ON DATABASE for the user, or make the schema ${SCHEMA} by starting a worker.`,
    );
  if (error instanceof SchemaVersionMismatchError)
    return unusable('has queues of a later version', 'Use the same version of @farzi/executor-bullmq on all machines.');
  return unreachable(address, reason);
}
