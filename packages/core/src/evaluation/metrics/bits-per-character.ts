import type { MetricDefinition } from '../metric.js';

/**
 * Bits per character: what coding all tokens with the model costs in bits, over the characters (Unicode code points)
 * they stand for. Unlike perplexity it can be compared between tokenizers. NaN over nothing.
 */
export const bitsPerCharacter: MetricDefinition = {
  id: 'bitsPerCharacter',
  tasks: ['language'],
  cutoff: 'none',
  smallerIsBetter: true,
  needs: ['characters'],
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
};
