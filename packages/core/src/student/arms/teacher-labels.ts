import { noOptions } from '../../options/schema.js';
import { teacherSynthetic } from '../../synthetic/factorisation.js';
import { requireFactors, requireTeacher } from '../../synthetic/teacher-view.js';
import { sequenceWindows } from '../../synthetic/windows.js';
import type { ArmDefinition } from '../arm.js';

/**
 * Random real windows, as many as there are synthetic sequences, with all that the teacher predicts at each position:
 * at a rank of the teacher's width nothing is cut. What distillation adds to labels from a teacher.
 */
export const teacherLabels: ArmDefinition<unknown> = {
  id: 'teacher-labels',
  schema: noOptions,
  budget: 'training',
  trainsOn: 'synthetic',
  needsTeacher: true,
  check: (_options, learner) => {
    requireFactors(learner, 'arm "teacher-labels"', 'Leave it out of evaluation.arms');
  },
  create: async (_options, { train, length, teacher, stream, synthetic: { initial } }) => {
    const { sequences, vocabularySize, matchingTemperature } = initial;
    const windows = sequenceWindows(train, { sequences, length }, stream.child('windows'));
    const factors = await requireTeacher(teacher).factorsOf(windows);
    const shape = { sequences, length, vocabularySize, rank: factors.width, temperature: 1, matchingTemperature, inputs: 'hard' } as const;
    return { data: { kind: 'synthetic', data: teacherSynthetic(shape, windows, factors) }, sequences };
  },
};
