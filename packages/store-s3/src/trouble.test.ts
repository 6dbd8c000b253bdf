import { describe, expect, it } from 'vitest';
import { explain, isMissing, isNotFound, passes, type Trouble } from './trouble.js';

/** What the client throws: an answer with a status, or none. */
const trouble = (name: string, { message = '', code, status }: { message?: string; code?: string; status?: number } = {}): Trouble =>
  Object.assign(new Error(message), {
    name,
    ...(code === undefined ? {} : { code }),
    $metadata: status === undefined ? {} : { httpStatusCode: status },
  });

const place = { bucket: 'runs', prefix: '', endpoint: 'http://build-1:9000', server: 'http://build-1:9000' };

describe('trouble', () => {
  it.each([
    [trouble('Error', { code: 'ECONNREFUSED' }), true],
    [trouble('Error', { code: 'EAI_AGAIN' }), true],
    [trouble('TimeoutError'), true],
    [trouble('SlowDown', { status: 503 }), true],
    [trouble('TooManyRequests', { status: 429 }), true],
    [trouble('AccessDenied', { status: 403 }), false],
    [trouble('NotImplemented', { status: 501 }), false],
    [trouble('Error', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), false],
    [trouble('CredentialsProviderError'), false],
  ])('%o may pass: %s', (given, expected) => {
    expect(passes(given)).toBe(expected);
  });

  it('tells a missing blob from a missing bucket, but in an answer without a text', () => {
    expect(isMissing(trouble('NoSuchKey', { status: 404 }))).toBe(true);
    expect(isMissing(trouble('NoSuchBucket', { status: 404 }))).toBe(false);
    expect(isNotFound(trouble('NotFound', { status: 404 }))).toBe(true);
    expect(isNotFound(trouble('Unknown', { status: 403 }))).toBe(false);
  });

  it.each([
    [
      trouble('Error', { message: 'connect ECONNREFUSED 10.0.0.1:9000', code: 'ECONNREFUSED' }),
      'cannot be reached: connect ECONNREFUSED 10.0.0.1:9000.',
    ],
    // of a name with several addresses
    [trouble('AggregateError', { code: 'ECONNREFUSED' }), 'cannot be reached: ECONNREFUSED.'],
    [trouble('Error', { code: 'ECONNRESET' }), 'cannot be reached: ECONNRESET.'],
    [trouble('InvalidAccessKeyId', { status: 403, message: 'AKIAHUNTER2' }), 'refuses the credentials: InvalidAccessKeyId.'],
    [trouble('ExpiredTokenException', { status: 400 }), 'refuses the credentials: ExpiredTokenException.'],
    [trouble('CredentialsProviderError', { message: 'Could not load' }), 'wants credentials, and there are none.'],
    [trouble('NoSuchBucket', { status: 404 }), 'has no bucket "runs".'],
    [trouble('AccessDenied', { status: 403 }), 'does not let these credentials write in the bucket "runs": AccessDenied.'],
    [trouble('Unknown', { status: 403 }), 'does not let these credentials write in the bucket "runs": status 403.'],
    [trouble('PermanentRedirect', { status: 301 }), 'cannot be asked for the bucket "runs" without its region.'],
    [trouble('Error', { message: 'Region is missing' }), 'cannot be asked for the bucket "runs" without its region.'],
    [
      trouble('InternalError', { status: 500, message: 'hunter2' }),
      'answers 500 when it is asked to write in the bucket "runs": InternalError.',
    ],
  ])('is told: %o', (given, expected) => {
    expect(explain(given, place, 'write')).toMatchObject({
      code: 'FARZI_STORE_UNREACHABLE',
      message: `The store at http://build-1:9000 ${expected}`,
      hint: expect.stringMatching(/\.$/) as string,
    });
  });
});
