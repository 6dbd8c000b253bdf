import { isFarziError } from '@farzi/core/errors';

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

/** Characters of an error and its stack that are shown: other libraries put data of any size into their messages. */
const LONGEST = 20_000;

function chain(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  const own = text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} ... (${text.length - LONGEST} more characters)`;
  if (!(error instanceof Error)) return own;
  return error.cause === undefined ? own : `${own}\ncaused by: ${chain(error.cause)}`;
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
