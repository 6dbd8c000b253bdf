import { defineInitialisation, definePlugin, requireTeacher, sequenceWindows, teacherSynthetic } from '@farzi/core';

/** Synthetic data start from what a teacher predicts on the longest real sequences. */
export const myContribution = defineInitialisation({
  id: 'my-contribution',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  needsTeacher: true,
  create: async (_options, { shape, train, teacher, stream }) => {
    const longest = train.toSorted((a, b) => b.length - a.length).slice(0, shape.sequences);
    const windows = sequenceWindows(longest, shape, stream.child('windows'));
    return teacherSynthetic(shape, windows, await requireTeacher(teacher).factorsOf(windows));
  },
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', initialisations: [myContribution] });
