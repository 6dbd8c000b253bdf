import { defineMetric } from '@farzi/core';

/**
 * Bits per character: what coding all tokens with the model costs in bits, over the characters (Unicode code points) they stand for.
 * Unlike perplexity it can be compared between tokenizers. NaN over nothing.
 */
export const bitsPerCharacter = defineMetric({
  id: 'bitsPerCharacter',
  tasks: ['language'],
  cutoff: 'none',
  smallerIsBetter: true,
  needsCharacters: true,
  start: () => {
    let nats = 0;
    let sum = 0;
    return {
      observe({ logProbability, characters }) {
        nats -= logProbability;
        sum += characters;
      },
      result: () => nats / Math.LN2 / sum,
    };
  },
});
