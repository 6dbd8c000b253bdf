import { describe, expect, it } from 'vitest';
import { noOptions } from '../options/schema.js';
import {
  type InitialisationContext,
  type InitialisationDefinition,
  randomInitialisation,
  teacherInitialisation,
} from '../synthetic/initialisation.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import { checkInitialisation } from './initialisation.js';

it.each([randomInitialisation, teacherInitialisation])('$id keeps the contract', async (definition) => {
  await expect(checkInitialisation(definition)).resolves.toBeUndefined();
});

/** Random data with something changed. */
const broken = (
  change: (data: SyntheticData, context: InitialisationContext) => Partial<SyntheticData>,
  more: Partial<InitialisationDefinition> = {},
): InitialisationDefinition => ({
  ...{ id: 'broken', schema: noOptions, needsTeacher: false },
  create: async (_options, context) => {
    const data = await randomInitialisation.create({} as never, context);
    return { ...data, ...change(data, context) };
  },
  ...more,
});

describe('checkInitialisation finds an initialisation', () => {
  let created = 0;
  const first = 'broken (5 sequences from 12, rank 3, soft inputs, temperature 1): ';
  const hard = 'broken (5 sequences from 12, rank 3, hard inputs, temperature 1): ';
  const rows: readonly (readonly [string, InitialisationDefinition, string | RegExp])[] = [
    ['of another size', broken(() => ({ sequences: 4 })), `${first}The option sequences is 4, and 5 was asked for.`],
    [
      'with too few latents',
      broken(({ latents }) => ({ latents: latents.subarray(3) })),
      `${first}There are 72 numbers in latents, not 75.`,
    ],
    [
      'with numbers that are not finite',
      broken(({ decoder }) => ({ decoder: decoder.fill(Infinity, 0, 1) })),
      `${first}The numbers of decoder are not finite.`,
    ],
    [
      'with other weights than 0 and 1',
      broken(({ weights }) => ({ weights: weights.fill(0.5, 0, 1) })),
      `${first}The weights hold numbers other than 0 and 1.`,
    ],
    [
      'with a sequence of which nothing counts',
      broken(({ weights }) => ({ weights: weights.fill(0, 4, 8) })),
      `${first}No target of sequence 1 counts.`,
    ],
    ['with ids for soft inputs', broken(() => ({ ids: new Int32Array(20) })), `${first}There are ids, and inputs are soft.`],
    [
      'without ids for hard inputs',
      broken(() => ({}), {
        create: async (_options, context) => {
          const { ids: _ids, ...data } = await randomInitialisation.create({} as never, context);
          return data;
        },
      }),
      `${hard}The ids are no Int32Array, and inputs are hard.`,
    ],
    [
      'with ids outside the vocabulary',
      broken(({ ids }) => (ids === undefined ? {} : { ids: ids.map((id) => id + 1) })),
      `${hard}The ids are outside the vocabulary of 11.`,
    ],
    [
      'with a stream of its own',
      broken(() => ({}), {
        create: (_options, context) => randomInitialisation.create({} as never, { ...context, stream: context.stream.child(created++) }),
      }),
      `${first}The same stream gives other data.`,
    ],
    [
      'that overwrites a real sequence',
      broken((_data, { train }) => {
        train[3]?.fill(0);
        return {};
      }),
      `${first}Calling create changes real sequences.`,
    ],
    [
      "that changes the teacher's weights",
      broken(
        (_data, { teacher }) => {
          teacher?.weights.fill(0);
          return {};
        },
        { needsTeacher: true },
      ),
      `${first}Calling create changes the teacher's weights.`,
    ],
    [
      'that leaves values on the engine',
      broken((_data, { engine }) => {
        engine.upload(Float32Array.of(1), []);
        return {};
      }),
      `${first}Calling create leaves 1 values on the engine.`,
    ],
    [
      'that needs as many real sequences as synthetic ones',
      broken((_data, { train, shape }) => {
        if (train.length < shape.sequences) throw new RangeError('too few');
        return {};
      }),
      'broken (5 sequences from 3, rank 3, soft inputs, temperature 1): Calling create throws RangeError: too few',
    ],
    [
      'that no learner can be trained on',
      broken(({ latents, decoder }) => ({ latents: latents.map(() => 1e30), decoder: decoder.map(() => 1e30) })),
      `${first}The loss of step 0 is NaN.`,
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkInitialisation(definition)).rejects.toThrow(message);
  });
});
