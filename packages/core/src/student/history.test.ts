import { describe, expect, it } from 'vitest';
import { isFarziError } from '../errors.js';
import { readHistory } from './history.js';

const titled = {
  vocabulary: ['1', '588', '364', '1411', '5555', 'x'],
  titles: ['Toy Story (1995)', 'Aladdin (1992)', 'Lion King, The (1994)', 'Hamlet (1996)', 'Hamlet (1996)', 'x'],
};
const plain = { vocabulary: ['a', 'b', 'a, b', 'A'] };

function refusal(text: string, names = titled as { readonly vocabulary: string[]; readonly titles?: string[] }): string {
  try {
    return `read: ${readHistory(text, names).join()}`;
  } catch (error) {
    return isFarziError(error) ? `${error.code} ${error.message} ${error.hint ?? ''}` : String(error);
  }
}

describe('readHistory', () => {
  it.each([
    ['names', '588,1', [1, 0]],
    ['names with blanks around them', ' 588 , 1 ', [1, 0]],
    ['titles in any case', 'toy story (1995), ALADDIN (1992)', [0, 1]],
    ['titles that hold commas', 'Aladdin (1992), Lion King, The (1994), 1', [1, 2, 0]],
    ['one item twice', '1,1', [0, 0]],
  ])('reads %s', (_what, text, expected) => {
    expect(readHistory(text, titled)).toEqual(expected);
  });

  it('takes the longest name there is, and names as they are written', () => {
    expect(readHistory('a, b', plain)).toEqual([2]);
    expect(readHistory('b,a,A', plain)).toEqual([1, 0, 3]);
  });

  it.each([
    ['', 'FARZI_HISTORY The history is empty. Give at least one item to go on from, as in --history "a,b,c".'],
    [
      'toy story',
      `FARZI_HISTORY The history holds "toy story", which is neither a name nor a title in the student's vocabulary. Did you mean "Toy Story (1995)"? The student knows 6 tokens.`,
    ],
    [
      '1, Aladin (1992)',
      `FARZI_HISTORY The history holds "Aladin (1992)", which is neither a name nor a title in the student's vocabulary. Did you mean "Aladdin (1992)"? The student knows 6 tokens.`,
    ],
    [
      'Hamlet (1996)',
      'FARZI_HISTORY The history holds "Hamlet (1996)", which is the title of 2 items. Give the name of one of them instead: 1411, 5555.',
    ],
    [
      '1,,588',
      `FARZI_HISTORY The history holds "", which is neither a name nor a title in the student's vocabulary. The student knows 6 tokens. Give names of its vocabulary, with commas between them.`,
    ],
  ])('refuses %j', (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  it('refuses what is far from every name without proposing one', () => {
    expect(refusal('something else', plain)).toBe(
      `FARZI_HISTORY The history holds "something else", which is no name in the student's vocabulary. The student knows 4 tokens. Give names of its vocabulary, with commas between them.`,
    );
  });
});
