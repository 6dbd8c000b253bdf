import { FarziError } from '@farzi/core';
import type { QueueOptions } from './options.js';

/** Protocols of URLs, and the port of the server where they name none. */
const SERVERS = {
  'redis:': { kind: 'Redis', port: 6379 },
  'rediss:': { kind: 'Redis', port: 6379 },
  'postgres:': { kind: 'PostgreSQL', port: 5432 },
  'postgresql:': { kind: 'PostgreSQL', port: 5432 },
} as const;

/** Where a server is and how it is reached. Its password is for its client, and for nothing that is written. */
export interface Address {
  readonly kind: 'Redis' | 'PostgreSQL';
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Of several on the server: a number for Redis, a name for PostgreSQL. */
  readonly database: string | undefined;
  /** Whether the connection is encrypted, and the server's certificate is checked. */
  readonly encrypted: boolean;
}

/** Host and port, for messages. */
export const placeOf = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Does not show what was given: a password may be anywhere in it. */
const invalid = (source: string, reason: string): FarziError =>
  new FarziError('FARZI_CONFIG_INVALID', `The URL of the queue's server from ${source} ${reason}.`, {
    hint: 'Give one such as redis://host:6379, rediss://user@host:6380/0 or postgres://user@host:5432/database; the password goes into FARZI_QUEUE_PASSWORD.',
  });

/**
 * Where options and the environment say that the server is. A configuration is copied into run directories, and a
 * command line is seen by everybody on a machine: a password is taken from the environment only.
 *
 * @throws FARZI_CONFIG_INVALID
 */
export function addressOf(
  { url: given }: Pick<QueueOptions, 'url'>,
  { FARZI_QUEUE_URL, FARZI_QUEUE_PASSWORD }: Readonly<Record<string, string | undefined>> = process.env,
): Address {
  const [text, source] = given === undefined ? [FARZI_QUEUE_URL, 'FARZI_QUEUE_URL'] : [given, 'the option url'];
  if (text === undefined || text === '') {
    throw new FarziError('FARZI_CONFIG_INVALID', 'The executor bullmq does not know where the server of its queue is.', {
      hint: 'Give the option url, or set FARZI_QUEUE_URL.',
    });
  }
  if (!URL.canParse(text)) throw invalid(source, 'is not a URL');
  const url = new URL(text);
  if (!isKnown(url.protocol)) throw invalid(source, `starts with none of ${Object.keys(SERVERS).join('//, ')}//`);
  const { kind, port } = SERVERS[url.protocol];
  if (url.hostname === '') throw invalid(source, 'names no host');
  if (given !== undefined && url.password !== '') throw invalid(source, 'holds a password');
  if (url.hash !== '') throw invalid(source, 'has a part after #, which is not read');
  try {
    return {
      kind,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? port : Number(url.port),
      user: decoded(url.username),
      password: FARZI_QUEUE_PASSWORD ?? decoded(url.password),
      database: databaseOf(url, source),
      encrypted: isEncrypted(url, source),
    };
  } catch (error) {
    throw error instanceof URIError ? invalid(source, 'has a % that is not followed by two hexadecimal digits') : error;
  }
}

const isKnown = (protocol: string): protocol is keyof typeof SERVERS => protocol in SERVERS;

const decoded = (part: string): string | undefined => (part === '' ? undefined : decodeURIComponent(part));

function databaseOf({ protocol, pathname }: URL, source: string): string | undefined {
  const redis = protocol.startsWith('redis');
  if (redis && !/^(\/\d*)?$/.test(pathname)) throw invalid(source, 'has a path that is no number of a database');
  if (!redis && !/^(\/[^/]*)?$/.test(pathname)) throw invalid(source, 'has a path that is no name of a database');
  return decoded(pathname.slice(1));
}

/** Redis says it by its protocol, PostgreSQL by a parameter. */
function isEncrypted({ protocol, search }: URL, source: string): boolean {
  if (search === '') return protocol === 'rediss:';
  if (protocol.startsWith('redis')) throw invalid(source, 'has parameters, which are not read');
  if (search === '?sslmode=verify-full') return true;
  if (search === '?sslmode=disable') return false;
  throw invalid(source, 'has parameters other than sslmode=verify-full and sslmode=disable');
}
