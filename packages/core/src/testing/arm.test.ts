import { describe, expect, it } from 'vitest';
import { noOptions } from '../options/schema.js';
import type { Scorer, ScoredTarget } from '../evaluation/evaluate.js';
import { popularityScorer } from '../evaluation/popularity.js';
import type { Arm, ArmContext, ArmDefinition } from '../student/arm.js';
import { builtInArms } from '../student/arms/index.js';
import { realSource } from '../training/real.js';
import { checkArm } from './arm.js';

it.each(builtInArms)('$id keeps the contract', async (definition) => {
  await expect(checkArm(definition)).resolves.toBeUndefined();
});

it('distilled-hard keeps the contract with samples', async () => {
  const [distilledHard] = builtInArms.filter(({ id }) => id === 'distilled-hard');
  await expect(checkArm(distilledHard as ArmDefinition, { options: { tokens: 'sample', copies: 3 } })).resolves.toBeUndefined();
});

const arm = (create: (context: ArmContext) => Arm, more: Partial<ArmDefinition> = {}): ArmDefinition => ({
  ...{ id: 'arm', schema: noOptions, budget: 'training' },
  create: (_options, context) => create(context),
  ...more,
});
const real = (sequences: readonly Int32Array[]): Arm => ({ data: { kind: 'real', sequences }, sequences: sequences.length });
const scoring = (change: (judged: ScoredTarget) => Partial<ScoredTarget>): ArmDefinition =>
  arm(({ occurrences, maskSeen, listLength }) => {
    const sound = popularityScorer(occurrences, maskSeen, listLength);
    const scorer: Scorer = async function* score(cases) {
      for await (const part of sound(cases)) yield part.map((judged) => ({ ...judged, ...change(judged) }));
    };
    return { scorer, sequences: 1 };
  });

it('accepts a source of its own', async () => {
  const source = arm(({ train }) => ({
    data: { kind: 'source', create: ({ model, length }) => realSource(model, train, { batchSize: 2, length }) },
    sequences: train.length,
  }));
  await expect(checkArm(source)).resolves.toBeUndefined();
});

it('gives a teacher to an arm that needs one, and to no other', async () => {
  const asking = (needsTeacher: boolean): ArmDefinition =>
    arm(({ teacher, train }) => real((teacher === undefined) === needsTeacher ? [] : train), { needsTeacher });
  await expect(checkArm(asking(true))).resolves.toBeUndefined();
  await expect(checkArm(asking(false))).resolves.toBeUndefined();
});

describe('checkArm finds an arm', () => {
  let calls = 0;
  const first = 'arm (soft inputs, lists of 0): ';
  const rows: readonly (readonly [string, ArmDefinition, string])[] = [
    [
      'of no budget',
      arm(({ train }) => real(train), { budget: 'free' as never }),
      'arm: The budget is free, not training or fullTraining.',
    ],
    [
      'that refuses the toy',
      arm(({ train }) => real(train), {
        check: () => {
          throw new RangeError('too small');
        },
      }),
      'arm: Calling check throws RangeError: too small.',
    ],
    ['of nothing', arm(() => ({ sequences: 1 }) as never), `${first}It gives neither data nor a scorer, or both.`],
    ['without sequences', arm(() => real([])), `${first}The number of sequences is 0.`],
    [
      'that miscounts real sequences',
      arm(({ train }) => ({ ...real(train), sequences: 3 })),
      `${first}The number of sequences is 3 for 12 real ones.`,
    ],
    [
      'that miscounts synthetic sequences',
      arm(({ synthetic: { initial } }) => ({ data: { kind: 'synthetic', data: initial }, sequences: 3 })),
      `${first}The number of sequences is 3 for 5 synthetic ones.`,
    ],
    [
      'with malformed synthetic data',
      arm(({ synthetic: { initial } }) => ({ data: { kind: 'synthetic', data: { ...initial, sequences: 4 } }, sequences: 4 })),
      `${first}There are 75 numbers in latents, not 60.`,
    ],
    ['with plain arrays', arm(() => real([[1, 2, 3] as never])), `${first}Sequence 0 is no Int32Array.`],
    ['outside the vocabulary', arm(() => real([Int32Array.of(1, 11)])), `${first}Sequence 0 holds a token outside the vocabulary.`],
    ['with nothing to predict', arm(() => real([Int32Array.of(1)])), `${first}There is nothing to predict in sequence 0 of 1 tokens.`],
    ['with a stream of its own', arm(({ train }) => real(train.slice(0, 3 + (calls++ % 2)))), `${first}The same stream gives other data.`],
    [
      'that no student can be trained on',
      arm(() => ({
        data: {
          kind: 'source',
          create: () => {
            throw new RangeError('nothing here');
          },
        },
        sequences: 1,
      })),
      `${first}Making its batches throws RangeError: nothing here`,
    ],
    [
      'whose batches are drawn elsewhere',
      arm(({ train }) => ({
        data: {
          kind: 'source',
          create: ({ model, length }) => {
            const source = realSource(model, train, { batchSize: 2, length });
            return { ...source, batch: (stream) => source.batch(stream.child(calls++)) };
          },
        },
        sequences: 1,
      })),
      `${first}The same stream gives another batch (inputs).`,
    ],
    [
      'that leaves values on the engine',
      arm(({ engine, train }) => {
        engine.upload(Float32Array.of(1), []);
        return real(train);
      }),
      `${first}2 values are left on the engine.`,
    ],
    [
      'that changes what it is given',
      arm(({ train, occurrences }) => {
        occurrences.fill(0);
        return real(train);
      }),
      `${first}Calling create changes what it is given.`,
    ],
    [
      'whose scorer leaves out targets',
      arm(() => ({
        scorer: async function* none() {
          yield await Promise.resolve([]);
        },
        sequences: 1,
      })),
      `${first}The scorer judges 0 targets of 5.`,
    ],
    ['whose scorer has no cases', scoring(() => ({ case: 0 })), `${first}Target 1 is 6 of case 0, not 6 of 1.`],
    ['whose ranks start at 0', scoring(({ rank }) => ({ rank: rank - rank })), `${first}Target 0 has the rank 0 among 11.`],
    ['whose probabilities are not', scoring(() => ({ logProbability: 0.5 })), `${first}Target 0 has the log-probability 0.5.`],
    [
      'whose lists are short',
      scoring(({ list }) => ({ list: list.subarray(1) })),
      'arm (hard inputs, lists of 3): Target 0 has a list of 2, and 3 were asked for.',
    ],
    [
      'whose lists repeat',
      scoring(({ list }) => ({ list: list.slice().fill(9) })),
      'arm (hard inputs, lists of 3): Target 0 has a list that cannot be.',
    ],
    [
      'whose lists hold what was seen',
      scoring(({ list }) => ({ list: list.map((_, place) => place + 1) })),
      'arm (hard inputs, lists of 3): Target 0 has a list with what was seen before, which is to be left out.',
    ],
    ['whose scores change', scoring(() => ({ logProbability: -calls++ })), `${first}The same stream gives other scores.`],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkArm(definition)).rejects.toThrow(message);
  });
});
