import type { Output } from './io.js';

/** Columns of a terminal; nothing for files and pipes, whose lines are never broken. */
export function widthOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true ? columns : undefined;
}

/**
 * Text as indented lines, broken at blanks where they would leave the width; line breaks of the text stay.
 *
 * @param width - nothing: no line is broken
 */
export function wrapped(text: string, width: number | undefined, indent: string): string {
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(1, width - indent.length);
  return text
    .split('\n')
    .flatMap((line) => pieces(Array.from(line), room))
    .map((piece) => `${indent}${piece}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** @param characters - code points, so that none is cut in two */
function pieces(characters: readonly string[], room: number): string[] {
  if (characters.length <= room) return [characters.join('')];
  const blank = characters.lastIndexOf(' ', room);
  const end = blank > 0 ? blank : room;
  return [characters.slice(0, end).join(''), ...pieces(characters.slice(blank > 0 ? end + 1 : end), room)];
}
