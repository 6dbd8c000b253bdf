import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFrom } from '../../../test/support/rejection.js';
import { chooseVocabulary, countSymbols } from '../vocabulary.js';
import { makeTokenizer, restoreTokenizer, segmentationOf, type TokenizerSettings } from './tokenizer.js';

const text = 'The whale, the white whale!\n\nAhab’s whale — café 👍\n';

function vocabularyFor(settings: TokenizerSettings): string[] {
  const segmentation = segmentationOf(settings);
  return chooseVocabulary(countSymbols([text], segmentation), { minimumCount: 1 }, segmentation);
}

describe('a tokenizer', () => {
  const names = ['characters', 'spaces', 'subwords', 'words'] as const;
  const table = names.flatMap((segmentation) => [false, true].map((lowercase): TokenizerSettings => ({ segmentation, lowercase })));

  it.each(table)('survives JSON: %j', (settings) => {
    const vocabulary = vocabularyFor(settings);
    const tokenizer = makeTokenizer(settings, vocabulary);
    const restored = restoreTokenizer(JSON.parse(JSON.stringify(tokenizer.saved)), JSON.parse(JSON.stringify(vocabulary)) as string[]);
    expect(restored.saved).toEqual(tokenizer.saved);
    expect(restored.unknown).toBe(tokenizer.unknown);
    for (const sample of [text, 'A whale’s Ω', '']) {
      const tokens = tokenizer.encode(sample);
      expect(restored.encode(sample)).toEqual(tokens);
      expect(restored.decode(tokens)).toBe(tokenizer.decode(tokens));
    }
  });

  it('of characters gives back every text over its alphabet', () => {
    const settings = { segmentation: 'characters', lowercase: false } as const;
    const tokenizer = makeTokenizer(settings, vocabularyFor(settings));
    const alphabet = fc.string({ unit: fc.constantFrom(...new Set(text)) });
    fc.assert(
      fc.property(alphabet, (sample) => {
        expect(tokenizer.decode(tokenizer.encode(sample))).toBe(sample);
      }),
    );
  });

  it('knows what it does not know', () => {
    const settings = { segmentation: 'words', lowercase: true } as const;
    const tokenizer = makeTokenizer(settings, vocabularyFor(settings));
    const tokens = tokenizer.encode('WHALE shark');
    expect(tokens[0]).not.toBe(tokenizer.unknown);
    expect(tokens[1]).toBe(tokenizer.unknown);
    expect(tokenizer.decode(tokens)).toBe('whale <unk>');
    expect(tokenizer.decode([-1])).toBe('<unk>');
  });
});

describe('restoreTokenizer refuses', () => {
  const hint = 'The run was altered, or made by another version of @farzi/datasets: run the experiment again.';

  it.each([
    [{ segmentation: 'syllables', lowercase: false }, '{"segmentation":"syllables","lowercase":false}'],
    [{ segmentation: 'toString', lowercase: false }, '{"segmentation":"toString","lowercase":false}'],
    [{ segmentation: 'words' }, '{"segmentation":"words"}'],
    ['words', '"words"'],
    [null, 'null'],
    [undefined, 'missing'],
  ])('settings that are none: %j', (saved, shown) => {
    expect(errorFrom(() => restoreTokenizer(saved, ['<unk>']))).toEqual({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `Cannot make the tokenizer of a run again: its settings are ${shown}.`,
      hint,
    });
  });

  it('a vocabulary without <unk>', () => {
    expect(errorFrom(() => restoreTokenizer({ segmentation: 'words', lowercase: false }, ['a', 'b']))).toEqual({
      code: 'FARZI_RUN_INCOMPLETE',
      message: 'Cannot make the tokenizer of a run again: its vocabulary of 2 tokens has no <unk>.',
      hint,
    });
  });
});
