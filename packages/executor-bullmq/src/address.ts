import { FarziError } from '@farzi/core';
import type { QueueOptions } from './options.js';

/** What the client needs to reach a server. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: object;
}

/** How a Redis server is reached, and the only place that knows its password. */
export class Address {
  constructor(
    private readonly url: URL,
    private readonly password: string | undefined,
  ) {}

  /** Host and port, for messages. */
  get place(): string {
    return `${this.url.hostname}:${this.#port}`;
  }

  get #port(): number {
    return this.url.port === '' ? 6379 : Number(this.url.port);
  }

  get connection(): Connection {
    const { hostname, username, pathname, protocol } = this.url;
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: this.#port,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(this.password === undefined ? {} : { password: this.password }),
      ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    };
  }
}

/** Does not show what was given: a password may be anywhere in it. */
const invalid = (source: string, reason: string): FarziError =>
  new FarziError('FARZI_CONFIG_INVALID', `The URL of the Redis server from ${source} ${reason}.`, {
    hint: 'Give one such as redis://host:6379, or rediss://user@host:6380/0; the password goes into FARZI_REDIS_PASSWORD.',
  });

/**
 * Where options and the environment say that the server is. A configuration is copied into run directories, and a
 * command line is seen by everybody on a machine: a password is taken from the environment only.
 *
 * @throws FARZI_CONFIG_INVALID
 */
export function addressOf(
  { url: given }: Pick<QueueOptions, 'url'>,
  { FARZI_REDIS_URL, FARZI_REDIS_PASSWORD }: Readonly<Record<string, string | undefined>> = process.env,
): Address {
  const [text, source] = given === undefined ? [FARZI_REDIS_URL, 'FARZI_REDIS_URL'] : [given, 'the option url'];
  if (text === undefined || text === '') {
    throw new FarziError('FARZI_CONFIG_INVALID', 'The executor bullmq does not know where its Redis server is.', {
      hint: 'Give the option url, or set FARZI_REDIS_URL.',
    });
  }
  if (!URL.canParse(text)) throw invalid(source, 'is not a URL');
  const url = new URL(text);
  if (!['redis:', 'rediss:'].includes(url.protocol)) throw invalid(source, 'starts with neither redis:// nor rediss://');
  if (url.hostname === '') throw invalid(source, 'names no host');
  if (!/^(\/\d*)?$/.test(url.pathname)) throw invalid(source, 'has a path that is no number of a database');
  if (url.search !== '' || url.hash !== '') throw invalid(source, 'has parameters, which are not read');
  if (given !== undefined && url.password !== '') throw invalid(source, 'holds a password');
  const inUrl = url.password === '' ? undefined : decodeURIComponent(url.password);
  return new Address(url, FARZI_REDIS_PASSWORD ?? inUrl);
}
