import { describe, expect, it } from 'vitest';
import { addressOf, placeOf } from './address.js';
import * as postgres from './postgres.js';
import * as redis from './redis.js';

describe('addressOf', () => {
  it.each([
    ['redis://build-1', {}, { host: 'build-1', port: 6379 }],
    ['redis://build-1:7000/3', {}, { host: 'build-1', port: 7000, db: 3 }],
    [
      'rediss://farzi@[::1]:7000',
      { FARZI_QUEUE_PASSWORD: 'p@ss' },
      { host: '::1', port: 7000, username: 'farzi', password: 'p@ss', tls: {} },
    ],
    [undefined, { FARZI_QUEUE_URL: 'redis://:p%40ss@build-1' }, { host: 'build-1', port: 6379, password: 'p@ss' }],
    [undefined, { FARZI_QUEUE_URL: 'redis://:old@build-1', FARZI_QUEUE_PASSWORD: 'new' }, { host: 'build-1', port: 6379, password: 'new' }],
    ['redis://build-1', { FARZI_QUEUE_URL: 'redis://:secret@build-2' }, { host: 'build-1', port: 6379 }],
  ])('reads %s with %j for the client of Redis', (url, environment, connection) => {
    const address = addressOf(url === undefined ? {} : { url }, environment);
    expect(address.kind).toBe('Redis');
    expect(redis.connectionOf(address)).toEqual(connection);
  });

  it.each([
    ['postgres://build-1', {}, { host: 'build-1', port: 5432, ssl: false }],
    [
      'postgresql://fa%40rzi@[::1]:7000/the%20jobs',
      { FARZI_QUEUE_PASSWORD: 'p@ss' },
      { host: '::1', port: 7000, user: 'fa@rzi', password: 'p@ss', database: 'the jobs', ssl: false },
    ],
    ['postgres://build-1/?sslmode=verify-full', {}, { host: 'build-1', port: 5432, ssl: true }],
    ['postgres://build-1/farzi?sslmode=disable', {}, { host: 'build-1', port: 5432, database: 'farzi', ssl: false }],
    [
      undefined,
      { FARZI_QUEUE_URL: 'postgres://farzi:p%40ss@build-1/jobs' },
      { host: 'build-1', port: 5432, user: 'farzi', password: 'p@ss', database: 'jobs', ssl: false },
    ],
  ])('reads %s with %j for the client of PostgreSQL', (url, environment, connection) => {
    const address = addressOf(url === undefined ? {} : { url }, environment);
    expect(address.kind).toBe('PostgreSQL');
    expect(postgres.connectionOf(address)).toMatchObject(connection);
  });

  it.each([
    ['redis://:hunter2@build-1', {}, "The URL of the queue's server from the option url holds a password."],
    ['postgres://farzi:hunter2@build-1', {}, "The URL of the queue's server from the option url holds a password."],
    [
      'amqp://farzi@build-1/hunter2',
      {},
      "The URL of the queue's server from the option url starts with none of redis://, rediss://, postgres://, postgresql://.",
    ],
    [undefined, { FARZI_QUEUE_URL: 'hunter2@build-1' }, "The URL of the queue's server from FARZI_QUEUE_URL is not a URL."],
    ['redis://build-1/hunter2', {}, "The URL of the queue's server from the option url has a path that is no number of a database."],
    ['postgres://build-1/a/hunter2', {}, "The URL of the queue's server from the option url has a path that is no name of a database."],
    ['redis://build-1?password=hunter2', {}, "The URL of the queue's server from the option url has parameters, which are not read."],
    [
      'postgres://build-1?password=hunter2',
      {},
      "The URL of the queue's server from the option url has parameters other than sslmode=verify-full and sslmode=disable.",
    ],
    ['postgres://build-1#hunter2', {}, "The URL of the queue's server from the option url has a part after #, which is not read."],
    [
      undefined,
      { FARZI_QUEUE_URL: 'redis://:hunter2%@build-1' },
      "The URL of the queue's server from FARZI_QUEUE_URL has a % that is not followed by two hexadecimal digits.",
    ],
    ['redis:', {}, "The URL of the queue's server from the option url names no host."],
    [undefined, {}, 'The executor bullmq does not know where the server of its queue is.'],
  ])('refuses %s with %j, and shows none of it', (url, environment, message) => {
    expect(() => addressOf(url === undefined ? {} : { url }, environment)).toThrow(
      expect.objectContaining({ code: 'FARZI_CONFIG_INVALID', message }) as Error,
    );
  });

  it.each([
    ['redis://farzi:hunter2@build-1', 'build-1:6379'],
    ['postgres://farzi:hunter2@[::1]/jobs', '[::1]:5432'],
  ])('calls the server by host and port: %s', (url, place) => {
    expect(placeOf(addressOf({}, { FARZI_QUEUE_URL: url }))).toBe(place);
  });
});
