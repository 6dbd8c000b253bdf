import { defineArm, definePlugin } from '@farzi/core';

/** How many real sequences are worth a synthetic one? Students on some times as many, drawn at random. */
export const myContribution = defineArm({
  id: 'my-contribution',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { factor: { type: 'number', exclusiveMinimum: 0, default: 2, description: 'real sequences for each synthetic one' } },
  },
  budget: 'training',
  create: ({ factor }, { train, synthetic, length, stream }) => {
    const count = Math.max(1, Math.round(factor * synthetic.initial.sequences));
    // as long as synthetic sequences: their inputs, and a target of the last one
    const sequences = stream.distinct(train.length, count).flatMap((index) => train[index]?.slice(-(length + 1)) ?? []);
    return { data: { kind: 'real', sequences }, sequences: sequences.length };
  },
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', arms: [myContribution] });
