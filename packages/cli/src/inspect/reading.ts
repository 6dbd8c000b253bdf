import { distributionAt, type FinishedRun, hardToken, latentPositions, RandomStream, type SyntheticData } from '@farzi/core';

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
  /**
   * Mass that targets had on tokens of the input before they were left out, averaged over all positions; not there
   * where nothing was left out.
   */
  readonly seenMass?: number;
}

/** How much of a sequence to look at closely. */
export interface ReadingOptions {
  /** Positions whose likeliest tokens are listed. */
  readonly positions: number;
  /** Tokens listed per position. */
  readonly top: number;
  readonly stream: RandomStream;
  /** Leave what the input already holds out of each target, as evaluation does; for hard inputs. */
  readonly maskSeen: boolean;
}

/** Which sequences of a run to read, and how. */
export interface RunReadingOptions extends Pick<ReadingOptions, 'positions' | 'top'> {
  /** How many, from the first. */
  readonly sequences: number;
  readonly seed: number;
  /** Show targets that the input already holds, too. */
  readonly withSeen?: boolean;
}

/** Reads the first synthetic sequences of a run. */
export function readSequences(
  { config, synthetic: { data } }: FinishedRun,
  { sequences, seed, withSeen, ...options }: RunReadingOptions,
): { readonly maskSeen: boolean; readonly readings: readonly Reading[] } {
  const maskSeen = config.task === 'recommendation' && data.inputs === 'hard' && withSeen !== true;
  const readings = Array.from({ length: Math.min(sequences, data.sequences) }, (_, sequence) =>
    // a stream for each, so that a sequence reads the same however many are shown
    readSequence(data, sequence, { ...options, maskSeen, stream: new RandomStream(seed, 'inspect').child(sequence) }),
  );
  return { maskSeen, readings };
}

/** Reads one synthetic sequence; every position is decoded once, and only one of them is held at a time. */
export function readSequence(data: SyntheticData, sequence: number, { positions, top, stream, maskSeen }: ReadingOptions): Reading {
  const length = meaningfulPositions(data, sequence);
  const inputs = data.ids?.subarray(sequence * data.length, sequence * data.length + length);
  const [argmax, sampled, likeliest] = [[] as number[], [] as number[], [] as LikelyToken[][]];
  let [largestMass, entropy, seenMass] = [0, 0, 0];
  for (let position = 0; position < length; position++) {
    const whole = distributionAt(data, sequence, position);
    const seen = new Set(maskSeen ? inputs?.subarray(0, position + 1) : []);
    const others = whole.map((probability, token) => (seen.has(token) ? 0 : probability));
    const left = others.reduce((sum, probability) => sum + probability, 0);
    // where no other token has any mass, there is nothing to show in its place
    const leftOut = left > 0 ? seen : new Set<number>();
    const probabilities = leftOut.size === 0 ? whole : others.map((probability) => probability / left);
    const best = hardToken(probabilities, { by: 'argmax' });
    argmax.push(best);
    sampled.push(hardToken(probabilities, { by: 'sample', stream }));
    if (position < positions) likeliest.push(likeliestOf(probabilities, leftOut, top));
    largestMass += (probabilities[best] ?? 0) / length;
    entropy += entropyOf(probabilities) / length;
    for (const token of leftOut) seenMass += (whole[token] ?? 0) / length;
  }
  return {
    ...(inputs === undefined ? {} : { inputs: [...inputs] }),
    ...{ argmax, sampled, likeliest, largestMass, entropy },
    ...(maskSeen && inputs !== undefined ? { seenMass } : {}),
  };
}

/** Positions up to the last one that is learned from: what is behind it is padding. */
function meaningfulPositions(data: SyntheticData, sequence: number): number {
  const weights = data.weights.subarray(sequence * data.length, (sequence + 1) * data.length);
  // for soft inputs the first position is an input only
  return weights.findLastIndex((weight) => weight > 0) + 1 + latentPositions(data) - data.length;
}

function likeliestOf(probabilities: Float64Array, leftOut: ReadonlySet<number>, count: number): LikelyToken[] {
  return Array.from(probabilities, (probability, token) => ({ token, probability }))
    .filter(({ token }) => !leftOut.has(token))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

function entropyOf(probabilities: Float64Array): number {
  return -probabilities.reduce((sum, probability) => (probability > 0 ? sum + probability * Math.log(probability) : sum), 0);
}
