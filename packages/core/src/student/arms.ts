import { headSequences, randomSequences } from '../data/subsets.js';
import { popularityScorer } from '../evaluation/popularity.js';
import { noOptions } from '../options/schema.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { Arm, ArmContext, ArmDefinition } from './arm.js';

const real = (sequences: readonly Int32Array[]): Arm => ({ data: { kind: 'real', sequences }, sequences: sequences.length });
const synthetic = (data: SyntheticData): Arm => ({ data: { kind: 'synthetic', data }, sequences: data.sequences });

function arm(
  id: string,
  budget: ArmDefinition['budget'],
  trainsOn: NonNullable<ArmDefinition['trainsOn']>,
  create: (context: ArmContext) => Arm,
): ArmDefinition {
  return { id, schema: noOptions, budget, trainsOn, create: (_options, context) => create(context) };
}

/**
 * The kinds of data that need no plugin. Subsets of real data have as many sequences as the synthetic data, each cut to
 * its last `length + 1` events.
 */
export const builtInArms: readonly ArmDefinition[] = [
  arm('full', 'fullTraining', 'real', ({ train }) => real(train)),
  arm('full-equal-budget', 'training', 'real', ({ train }) => real(train)),
  arm('distilled', 'training', 'synthetic', (context) => synthetic(context.synthetic.distilled)),
  arm('teacher-init', 'training', 'synthetic', (context) => synthetic(context.synthetic.initial)),
  arm('random', 'training', 'real', ({ train, length, stream, synthetic: { initial } }) =>
    real(randomSequences(train, initial.sequences, length + 1, stream.child('random sequences'))),
  ),
  arm('head', 'training', 'real', ({ train, length, synthetic: { initial } }) => real(headSequences(train, initial.sequences, length + 1))),
  arm('popularity', 'training', 'nothing', ({ train, occurrences, maskSeen, listLength }) => ({
    scorer: popularityScorer(occurrences, maskSeen, listLength),
    sequences: train.length,
  })),
];
