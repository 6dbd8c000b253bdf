import { headSequences, randomSequences } from '../../data/subsets.js';
import { popularityScorer } from '../../evaluation/popularity.js';
import { noOptions } from '../../options/schema.js';
import type { SyntheticData } from '../../synthetic/synthetic.js';
import type { Arm, ArmContext, ArmDefinition } from '../arm.js';
import { herding, kCenter } from './coresets.js';
import { distilledHard } from './distilled-hard.js';
import { randomEqualBytes } from './equal-bytes.js';
import { realArm } from './real-arm.js';
import { teacherLabels } from './teacher-labels.js';

const synthetic = (data: SyntheticData): Arm => ({ data: { kind: 'synthetic', data }, sequences: data.sequences });

function arm(
  id: string,
  budget: ArmDefinition['budget'],
  trainsOn: NonNullable<ArmDefinition['trainsOn']>,
  create: (context: ArmContext) => Arm,
  needsSynthetic = true,
): ArmDefinition {
  return { id, schema: noOptions, budget, trainsOn, needsSynthetic, create: (_options, context) => create(context) };
}

/**
 * The kinds of data that need no plugin. Subsets of real data have as many sequences as the synthetic data, but for
 * `random-equal-bytes`, each cut to its last `length + 1` events.
 */
export const builtInArms: readonly ArmDefinition[] = [
  arm('full', 'fullTraining', 'real', ({ train }) => realArm(train), false),
  arm('full-equal-budget', 'training', 'real', ({ train }) => realArm(train), false),
  arm('distilled', 'training', 'synthetic', (context) => synthetic(context.synthetic.distilled)),
  distilledHard,
  arm('teacher-init', 'training', 'synthetic', (context) => synthetic(context.synthetic.initial)),
  teacherLabels,
  arm('random', 'training', 'real', ({ train, length, stream, synthetic: { initial } }) =>
    realArm(randomSequences(train, initial.sequences, length + 1, stream.child('random sequences'))),
  ),
  randomEqualBytes,
  arm('head', 'training', 'real', ({ train, length, synthetic: { initial } }) =>
    realArm(headSequences(train, initial.sequences, length + 1)),
  ),
  kCenter,
  herding,
  arm(
    'popularity',
    'training',
    'nothing',
    ({ train, occurrences, maskSeen, listLength }) => ({
      scorer: popularityScorer(occurrences, maskSeen, listLength),
      sequences: train.length,
    }),
    false,
  ),
];
