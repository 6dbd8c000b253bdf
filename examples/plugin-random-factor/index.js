/**
 * How many real sequences are worth one synthetic sequence? An arm of the comparison as a Farzi plugin: some times as
 * many random sequences as there are synthetic ones.
 */
import { defineArm, definePlugin } from '@farzi/core';

export const randomFactor = defineArm({
  id: 'random-factor',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { factor: { type: 'number', exclusiveMinimum: 0, default: 2, description: 'real sequences per synthetic sequence' } },
  },
  budget: 'training',
  create: ({ factor }, { train, synthetic, length, stream }) => {
    const count = Math.max(1, Math.round(factor * synthetic.initial.sequences));
    // as long as synthetic sequences: their inputs, and a target of the last one
    const sequences = stream.distinct(train.length, count).flatMap((index) => train[index]?.slice(-(length + 1)) ?? []);
    return { data: { kind: 'real', sequences }, sequences: sequences.length };
  },
});

export default definePlugin({ name: 'farzi-example-random-factor', core: '>=0.1.0 <1.0.0', arms: [randomFactor] });
