import { type ErrorCode, FarziError, isFarziError } from '../errors.js';

/** What a process that was asked something says to whoever asked: news meanwhile, and in the end an answer. */
export type Said<Result> = { readonly news: unknown } | { readonly answer: Answer<Result> };

/** An error that is thrown between processes loses its class. */
export type Answer<Result> = { readonly result: Result } | { readonly error: SentError };

/** An error as it travels. */
export interface SentError {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an error with a code. */
  readonly code?: ErrorCode;
  readonly hint?: string;
}

export function sentError(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!isFarziError(error)) return { message, stack };
  return { message, stack, code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}

/** The same error, here; its stack is that of where it was thrown. */
export function receivedError({ message, stack, code, hint }: SentError): Error {
  const error = code === undefined ? new Error(message) : new FarziError(code, message, hint === undefined ? {} : { hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Tells a process to stop what it does, after a checkpoint. */
export const STOP = 'farzi: stop';

/** Tells a process that it is no longer needed. */
export const QUIT = 'farzi: quit';
