import { checkpointed, definePlugin, defineTrajectory, stored, type TrajectoryStrategy } from '@farzi/core';

/** Keeps all states of short trainings, and of long ones checkpoints, between which steps are taken again. */
export const myContribution = defineTrajectory({
  id: 'my-contribution',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { most: { type: 'integer', minimum: 1, default: 100, description: 'steps of which all states are kept' } },
  },
  create: ({ most }) => {
    const chosen = (steps: number): TrajectoryStrategy => (steps > most ? checkpointed : stored);
    return {
      id: 'my-contribution',
      needsUndo: false,
      effort: (steps) => chosen(steps).effort?.(steps) ?? { states: steps, forward: steps },
      run: (training) => chosen(training.steps).run(training),
    };
  },
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', trajectories: [myContribution] });
