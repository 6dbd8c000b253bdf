import { describe, expect, it } from 'vitest';
import { addressOf } from './address.js';

describe('addressOf', () => {
  it.each([
    ['redis://build-1', {}, { host: 'build-1', port: 6379 }],
    ['redis://build-1:7000/3', {}, { host: 'build-1', port: 7000, db: 3 }],
    [
      'rediss://farzi@[::1]:7000',
      { FARZI_REDIS_PASSWORD: 'p@ss' },
      { host: '::1', port: 7000, username: 'farzi', password: 'p@ss', tls: {} },
    ],
    [undefined, { FARZI_REDIS_URL: 'redis://:p%40ss@build-1' }, { host: 'build-1', port: 6379, password: 'p@ss' }],
    [undefined, { FARZI_REDIS_URL: 'redis://:old@build-1', FARZI_REDIS_PASSWORD: 'new' }, { host: 'build-1', port: 6379, password: 'new' }],
    ['redis://build-1', { FARZI_REDIS_URL: 'redis://:secret@build-2' }, { host: 'build-1', port: 6379 }],
  ])('reads %s with %j', (url, environment, connection) => {
    expect(addressOf(url === undefined ? {} : { url }, environment).connection).toEqual(connection);
  });

  it.each([
    ['redis://:hunter2@build-1', {}, 'The URL of the Redis server from the option url holds a password.'],
    ['postgres://farzi:hunter2@build-1', {}, 'The URL of the Redis server from the option url starts with neither redis:// nor rediss://.'],
    [undefined, { FARZI_REDIS_URL: 'hunter2@build-1' }, 'The URL of the Redis server from FARZI_REDIS_URL is not a URL.'],
    ['redis://build-1/hunter2', {}, 'The URL of the Redis server from the option url has a path that is no number of a database.'],
    ['redis://build-1?password=hunter2', {}, 'The URL of the Redis server from the option url has parameters, which are not read.'],
    ['redis:', {}, 'The URL of the Redis server from the option url names no host.'],
    [undefined, {}, 'The executor bullmq does not know where its Redis server is.'],
  ])('refuses %s with %j, and shows none of it', (url, environment, message) => {
    expect(() => addressOf(url === undefined ? {} : { url }, environment)).toThrow(
      expect.objectContaining({ code: 'FARZI_CONFIG_INVALID', message }) as Error,
    );
  });

  it('calls the server by host and port', () => {
    expect(addressOf({}, { FARZI_REDIS_URL: 'redis://farzi:hunter2@build-1' }).place).toBe('build-1:6379');
  });
});
