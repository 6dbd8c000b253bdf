import type { Reading } from './reading.js';
import type { Words } from './words.js';

/** One sequence for other programs: tokens as ids and in words. */
export function sequenceJson(number: number, reading: Reading, words: Words): unknown {
  const { inputs, argmax, sampled, likeliest, largestMass, entropy, seenMass } = reading;
  const both = (tokens: readonly number[]) => ({ tokens, text: words.text(tokens) });
  return {
    sequence: number,
    ...(inputs === undefined ? {} : { inputs: both(inputs) }),
    argmax: both(argmax),
    sampled: both(sampled),
    largestMass,
    entropy,
    effectiveTokens: Math.exp(entropy),
    ...(seenMass === undefined ? {} : { seenMass }),
    positions: likeliest.map((tokens, index) => ({
      position: index + 1,
      mass: tokens.reduce((sum, { probability }) => sum + probability, 0),
      likeliest: tokens.map(({ token, probability }) => ({ token, name: words.name(token), probability })),
    })),
  };
}
