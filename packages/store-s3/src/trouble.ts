import { FarziError } from '@farzi/core';
import type { Place } from './address.js';

/** What the client throws: an answer of the server with a status, or a reason for there being none. */
export interface Trouble extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const PASSING_STATUSES: readonly (number | undefined)[] = [429, 500, 502, 503, 504];

const statusOf = ({ $metadata }: Trouble): number | undefined => $metadata?.httpStatusCode;

/** Whether asking again may help: nobody answered, or somebody who has other troubles. */
export function passes(trouble: Trouble): boolean {
  const status = statusOf(trouble);
  return status === undefined
    ? trouble.name === 'TimeoutError' || /^E[A-Z]+$|^EAI_AGAIN$/.test(trouble.code ?? '')
    : PASSING_STATUSES.includes(status);
}

/** Whether a blob is not there, and the bucket is. */
export const isMissing = (trouble: Trouble): boolean => trouble.name === 'NoSuchKey';

/** Whether a question about a blob, which is answered with a status alone, found nothing. */
export const isNotFound = (trouble: Trouble): boolean => statusOf(trouble) === 404;

/** What the client calls answers without a text, and errors that are not the server's. */
const NAMELESS = /^(Unknown|UnknownError|Error)$/;
const REFUSED = /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken)/;
const ELSEWHERE = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|IncorrectEndpoint)$/;

/**
 * What trouble means to whoever runs the program. Of what a server says it has no more than the name: servers repeat
 * what they were sent.
 *
 * @param action - what was tried: `read`
 */
export function explain(trouble: Trouble, { server, bucket }: Place, action: string): FarziError {
  const { code, message } = trouble;
  const name = NAMELESS.test(trouble.name) ? (code ?? `status ${String(statusOf(trouble))}`) : trouble.name;
  const status = statusOf(trouble);
  const unreachable = (text: string, hint: string): FarziError =>
    new FarziError('FARZI_STORE_UNREACHABLE', `The store at ${server} ${text}.`, { hint });
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return unreachable(
      'wants credentials, and there are none',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, in the environment.',
    );
  if (REFUSED.test(name))
    return unreachable(
      `refuses the credentials: ${name}`,
      'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and where they are temporary AWS_SESSION_TOKEN.',
    );
  if (name === 'NoSuchBucket')
    return unreachable(`has no bucket ${JSON.stringify(bucket)}`, 'Make it, or correct the address: buckets are not made by themselves.');
  if (ELSEWHERE.test(name) || /^Region is missing/.test(message))
    return unreachable(
      `cannot be asked for the bucket ${JSON.stringify(bucket)} without its region`,
      'Name it in the address, as in s3://bucket?region=eu-west-1, or set AWS_REGION.',
    );
  if (status === 403)
    return unreachable(
      `does not let these credentials ${action} in the bucket ${JSON.stringify(bucket)}: ${name}`,
      'Allow them s3:GetObject and s3:PutObject on what is in it, and s3:ListBucket on the bucket: without that nobody is told that something is missing.',
    );
  if (status !== undefined)
    return unreachable(
      `answers ${status} when it is asked to ${action} in the bucket ${JSON.stringify(bucket)}: ${name}`,
      'Look at what the server writes about it; --resume goes on with what is done already.',
    );
  const reason = message === '' ? (code ?? name) : message.trim().replace(/\.$/, '');
  return unreachable(
    `cannot be reached: ${reason}`,
    'Check that the endpoint is right and that it answers, and that nothing between the machines blocks it; --resume goes on with what is done already.',
  );
}
