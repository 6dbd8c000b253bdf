import { describe, expect, it } from 'vitest';
import { addressOf } from './address.js';
import { postgresAt, requireClock, requireVersion } from './postgres.js';

const address = addressOf({ url: 'postgres://farzi@build-1/jobs' }, { FARZI_QUEUE_PASSWORD: 'hunter2' });
const { isAway, refusal } = postgresAt(address);

const errorWith = (message: string, code?: string): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

describe('a PostgreSQL server', () => {
  it.each([
    ['connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'],
    ['write EPIPE', 'EPIPE'],
    ['terminating connection due to administrator command', '57P01'],
    ['the database system is starting up', '57P03'],
    ['sorry, too many clients already', '53300'],
    ['Connection terminated unexpectedly', undefined],
    ['timeout exceeded when trying to connect', undefined],
    ['Client has encountered a connection error and is not queryable', undefined],
  ])('is away when it is said: %s', (message, code) => {
    expect(isAway(errorWith(message, code))).toBe(true);
  });

  it.each([
    ['relation "job" does not exist', '42P01'],
    ['A job takes 4096 bytes in the queue, and not less than 2048.', 'FARZI_INTERNAL'],
    ['permission denied for table job', '42501'],
  ])('is there when it is said: %s', (message, code) => {
    expect(isAway(errorWith(message, code))).toBe(false);
  });

  it.each([
    ['password authentication failed for user "farzi"', '28P01', /refuses the credentials: password authentication failed/],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', undefined, /refuses the credentials/],
    ['database "jobs" does not exist', '3D000', /does not have the database: database "jobs" does not exist\.$/],
    ['permission denied for database jobs', '42501', /denies what queues need: permission denied for database jobs\.$/],
    [
      'connect ECONNREFUSED 127.0.0.1:5432',
      'ECONNREFUSED',
      /^The PostgreSQL server at build-1:5432 cannot be reached: connect ECONNREFUSED/,
    ],
  ])('is told to be unusable when it says: %s', (message, code, told) => {
    expect(refusal(errorWith(message, code))).toMatchObject({
      code: 'FARZI_EXECUTOR_UNREACHABLE',
      message: expect.stringMatching(told) as string,
    });
  });

  it('is refused when it is too old', () => {
    expect(() => requireVersion(address, 14)).not.toThrow();
    expect(() => requireVersion(address, 13)).toThrow('The PostgreSQL server at build-1:5432 has version 13, which is too old for queues.');
  });

  it('is refused when its clock is not that of this machine', () => {
    expect(() => requireClock(address, -3000)).not.toThrow();
    expect(() => requireClock(address, 4000)).toThrow(
      'The clock of this machine is 4.0 seconds ahead of that of the PostgreSQL server at build-1:5432.',
    );
    expect(() => requireClock(address, -61_250)).toThrow(/is 61\.3 seconds behind that/);
  });
});
