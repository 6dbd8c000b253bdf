import { isFarziError } from '@farzi/core';

/**
 * What a user reads about something that was thrown.
 *
 * @param verbose - adds the stack and the chain of causes
 */
export function errorText(error: unknown, verbose: boolean): string {
  if (!isFarziError(error)) return `error: ${chain(error)}\n`;
  const message = error.message.includes('\n') ? `\n${indented(error.message)}` : ` ${error.message}`;
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  return `error ${error.code}:${message}\n${hint}${verbose ? `${chain(error)}\n` : ''}`;
}

function chain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by: ${chain(error.cause)}`;
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
