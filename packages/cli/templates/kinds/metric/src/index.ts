import { defineMetric, definePlugin } from '@farzi/core';

/** Share of the catalogue that is in at least one list of the k items with the highest scores. */
export const myContribution = defineMetric({
  id: 'my-contribution',
  tasks: ['recommendation'],
  cutoff: 'required',
  needs: ['lists'],
  smallerIsBetter: false,
  start: (_cutoff, { vocabularySize }) => {
    const listed = new Set<number>();
    return {
      observe: ({ list }) => {
        for (const item of list) listed.add(item);
      },
      result: () => listed.size / vocabularySize,
    };
  },
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', metrics: [myContribution] });
