import { describe, expect, it } from 'vitest';
import type { Metric } from './metric.js';
import { requireCharacters } from './needs.js';

const metric = (key: string, ...needs: Metric['needs']): Metric => ({
  key,
  tasks: ['language'],
  smallerIsBetter: true,
  needs,
  listLength: 0,
  start: () => ({ observe: () => undefined, result: () => 0 }),
});
const check =
  (dataset: { readonly characters?: readonly number[] }, ...metrics: readonly Metric[]) =>
  () => {
    requireCharacters({ id: 'novel', ...dataset }, metrics);
  };

describe('requireCharacters', () => {
  it('refuses a metric that counts characters where tokens stand for an unknown number of them', () => {
    expect(check({}, metric('loss', 'occurrences', 'lists'), metric('bits', 'characters'))).toThrow(
      expect.objectContaining({
        code: 'FARZI_CONFIG_INVALID',
        message: 'The metric bits counts characters, and the dataset novel does not say how many its tokens stand for.',
        hint: 'Take it out of evaluation, or use tokenizer: character or subword.',
      }) as Error,
    );
  });

  it('allows it where they are known, and everything else always', () => {
    expect(check({ characters: [1, 1] }, metric('bits', 'characters'))).not.toThrow();
    expect(check({}, metric('loss'), metric('coverage', 'lists'))).not.toThrow();
  });
});
