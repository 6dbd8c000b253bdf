import { endSymbol } from '../symbols.js';

/**
 * Text of words and `<eos>`.
 * @param end - what `<eos>` becomes.
 * @param isTight - whether no blank comes between two neighbours.
 */
export function joinWords(symbols: readonly string[], end: string, isTight: (before: string, after: string) => boolean): string {
  let previous: string | undefined;
  let text = '';
  for (const symbol of symbols) {
    if (symbol === endSymbol) {
      text += end;
      previous = undefined;
      continue;
    }
    text += previous === undefined || isTight(previous, symbol) ? symbol : ` ${symbol}`;
    previous = symbol;
  }
  return text;
}
