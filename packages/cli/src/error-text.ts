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

/** What a user reads where Commander found wrong usage: its text in sentences, with the code. */
export function usageText(text: string): string {
  const [what = '', ...more] = text
    .trimEnd()
    .replace(/^error: /, '')
    .split('\n');
  const sentence = `${what.slice(0, 1).toUpperCase()}${what.slice(1)}${what.endsWith('.') ? '' : '.'}`;
  return [`error FARZI_USAGE: ${sentence}`, ...more.map((line) => line.replace(/^\((Did you mean .*)\)$/, 'hint: $1')), ''].join('\n');
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
