import { invariant } from '../errors.js';
import type { RandomStream } from '../random/stream.js';

/** How the next token is drawn. */
export interface SamplingOptions {
  /** Divides the logits: below 1 the likely becomes likelier; 0 takes the likeliest. */
  readonly temperature: number;
  /** Draw from this many of the likeliest tokens only. */
  readonly topK: number;
}

/** Draws a token from logits (up to a constant). `banned` is never drawn. */
export function sampleToken(
  logits: Float32Array,
  { temperature, topK }: SamplingOptions,
  stream: RandomStream,
  banned: readonly number[] = [],
): number {
  const allowed = Array.from(logits, (logit, token) => ({ logit, token })).filter(({ token }) => !banned.includes(token));
  const likeliest = allowed.sort((a, b) => b.logit - a.logit).slice(0, temperature === 0 ? 1 : topK);
  const [first] = likeliest;
  invariant(first !== undefined, `There is no token to draw: ${banned.length} of ${logits.length} are banned.`);
  const largest = first.logit;
  const powers = likeliest.map(({ logit }) => (temperature === 0 ? 1 : Math.exp((logit - largest) / temperature)));
  let rest = stream.uniform() * powers.reduce((sum, power) => sum + power, 0);
  const drawn = powers.findIndex((power) => (rest -= power) < 0);
  // rounding may leave a rest after the last one, which is the draw then
  return (likeliest.at(drawn) ?? first).token;
}
