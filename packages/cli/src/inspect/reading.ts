import { distributionAt, hardToken, latentPositions, type RandomStream, type SyntheticData } from '@farzi/core';

/** A token and how likely it is. */
export interface LikelyToken {
  readonly token: number;
  readonly probability: number;
}

/** What a synthetic sequence says. */
export interface Reading {
  /** Real tokens that are read, for hard inputs; the others are then targets, one after each of these. */
  readonly inputs?: readonly number[];
  /** The likeliest token of every position. */
  readonly argmax: readonly number[];
  /** One drawn token of every position. */
  readonly sampled: readonly number[];
  /** The likeliest tokens of the first positions, likeliest first. */
  readonly likeliest: readonly (readonly LikelyToken[])[];
  /** Probability of the likeliest token, averaged over all positions. */
  readonly largestMass: number;
  /** Entropy in nats, averaged over all positions. */
  readonly entropy: number;
}

/** How much of a sequence to look at closely. */
export interface ReadingOptions {
  /** Positions whose likeliest tokens are listed. */
  readonly positions: number;
  /** Tokens listed per position. */
  readonly top: number;
  readonly stream: RandomStream;
}

/** Reads one synthetic sequence; every position is decoded once, and only one of them is held at a time. */
export function readSequence(data: SyntheticData, sequence: number, { positions, top, stream }: ReadingOptions): Reading {
  const length = meaningfulPositions(data, sequence);
  const [argmax, sampled, likeliest] = [[] as number[], [] as number[], [] as LikelyToken[][]];
  let [largestMass, entropy] = [0, 0];
  for (let position = 0; position < length; position++) {
    const probabilities = distributionAt(data, sequence, position);
    const best = hardToken(probabilities, { by: 'argmax' });
    argmax.push(best);
    sampled.push(hardToken(probabilities, { by: 'sample', stream }));
    if (position < positions) likeliest.push(likeliestOf(probabilities, top));
    largestMass += (probabilities[best] ?? 0) / length;
    entropy += entropyOf(probabilities) / length;
  }
  const { ids } = data;
  const inputs = ids === undefined ? {} : { inputs: Array.from(ids.subarray(sequence * data.length, sequence * data.length + length)) };
  return { ...inputs, argmax, sampled, likeliest, largestMass, entropy };
}

/** Positions up to the last one that is learned from: what is behind it is padding. */
function meaningfulPositions(data: SyntheticData, sequence: number): number {
  const weights = data.weights.subarray(sequence * data.length, (sequence + 1) * data.length);
  // for soft inputs the first position is an input only
  return weights.findLastIndex((weight) => weight > 0) + 1 + latentPositions(data) - data.length;
}

function likeliestOf(probabilities: Float64Array, count: number): LikelyToken[] {
  return Array.from(probabilities, (probability, token) => ({ token, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

function entropyOf(probabilities: Float64Array): number {
  return -probabilities.reduce((sum, probability) => (probability > 0 ? sum + probability * Math.log(probability) : sum), 0);
}
