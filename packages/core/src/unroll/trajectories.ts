import { FarziError } from '../errors.js';
import type { Optimizer, OptimizerUndo } from '../optimizer/optimizer.js';
import { noOptions } from '../options/schema.js';
import { unknownContribution } from '../options/unknown-contribution.js';
import { validateOptions } from '../options/validate.js';
import { checkpointed, reversible, stored } from './strategies.js';
import type { TrajectoryDefinition, TrajectoryStrategy } from './trajectory.js';

const strategies: readonly TrajectoryStrategy[] = [stored, checkpointed, reversible];

/** The trajectories of this package. */
export const builtInTrajectories: readonly TrajectoryDefinition[] = strategies.map((strategy) =>
  Object.freeze({ id: strategy.id, schema: noOptions, create: () => strategy }),
);

/**
 * Makes the trajectory with an id, with its own options (those of its schema by default).
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN, and what a schema refuses: FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID
 */
export type TrajectoryLookup = (id: string, options?: Readonly<Record<string, unknown>>) => TrajectoryStrategy;

/**
 * A lookup of some trajectories and the built-in ones; where two have the same id, the one that was given comes first.
 */
export function trajectoryLookup(given: readonly TrajectoryDefinition[] = []): TrajectoryLookup {
  const known = new Map<string, TrajectoryDefinition>([...builtInTrajectories, ...given].map((each) => [each.id, each]));
  return (id, options = {}) => {
    const definition = known.get(id);
    if (definition === undefined) throw unknownContribution('trajectory', id, [...known.keys()]);
    return definition.create(validateOptions<never>(definition.schema, options, ['trajectory', id]));
  };
}

/**
 * How an optimizer undoes the steps that a trajectory wants undone.
 *
 * @throws FARZI_CONFIG_INVALID when it cannot
 */
export function requireUndo({ id }: TrajectoryStrategy, optimizer: Optimizer): OptimizerUndo {
  if (optimizer.undo !== undefined) return optimizer.undo;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `The trajectory "${id}" undoes steps of training, which the optimizer "${optimizer.id}" cannot.`,
    {
      hint: `Use the trajectory ${strategies
        .filter(({ needsUndo }) => !needsUndo)
        .map((each) => each.id)
        .join(' or ')}: they work with every optimizer.`,
    },
  );
}
