import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { bitsPerCharacter } from './metrics/bits-per-character.js';
import { perplexity } from './metrics/perplexity.js';
import { metricOf } from './metric.js';
import { requireCharacters } from './needs.js';

const [bits, loss] = [metricOf(bitsPerCharacter, 'bitsPerCharacter'), metricOf(perplexity, 'perplexity')];

describe('requireCharacters', () => {
  it('refuses a metric that counts characters where tokens stand for an unknown number of them', async () => {
    expect(await errorOf(() => requireCharacters({ id: 'novel' }, [loss, bits]))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'the metric bitsPerCharacter counts characters, and novel does not say how many its tokens stand for',
      hint: 'Take it out of evaluation, or use tokenizer: character or subword.',
    });
  });

  it('allows it where they are known, and everything else always', () => {
    expect(() => requireCharacters({ id: 'novel', characters: [1, 1] }, [bits])).not.toThrow();
    expect(() => requireCharacters({ id: 'novel' }, [loss])).not.toThrow();
  });
});
