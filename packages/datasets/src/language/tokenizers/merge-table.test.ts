import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { errorFrom } from '../../../test/support/rejection.js';
import { mergeTable } from './merge-table.js';

const require = createRequire(import.meta.url);
const { default: pieces } = require('gpt-tokenizer/bpeRanks/r50k_base') as typeof import('gpt-tokenizer/bpeRanks/r50k_base');

describe('mergeTable', () => {
  it('has a name of its own for each of the 50,256 pieces', () => {
    const { names, bytesOf } = mergeTable();
    expect(pieces).toHaveLength(50_256);
    expect(new Set([...names, '<unk>', '<eos>']).size).toBe(50_258);
    expect(pieces.every((piece, id) => Buffer.from(piece).equals(bytesOf(names[id] ?? '')))).toBe(true);
  });

  it('refuses a name that stands for no piece', () => {
    expect(errorFrom(() => mergeTable().bytesOf('no such piece'))).toEqual({
      code: 'FARZI_RUN_INCOMPLETE',
      message: 'The token "no such piece" is no piece of GPT-2\'s byte-pair encoding.',
      hint: 'The vocabulary of the run was altered, or made by another version of @farzi/datasets: run the experiment again.',
    });
  });
});
