import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { tinyModel } from '../testing/tiny-model.js';
import { runToy, syntheticBytes, temporaryFolder, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { resolveExperiment } from '../config/resolve.js';
import { createRegistry } from '../experiment/experiment.js';
import { adam } from '../optimizer/adam.js';
import { defineModel, defineOptimizer, definePlugin, defineTrajectory } from '../plugin/define.js';
import { randomInitialisation } from '../synthetic/initialisation.js';
import { stored } from '../unroll/strategies.js';
import { distill } from './distill.js';
import type { Distillation, DistillRequest } from './request.js';
import { farzi } from './farzi.js';

/** Keeps all states like `stored`, and counts the trainings that it walked through. */
function countingTrajectory() {
  let trainings = 0;
  const definition = defineTrajectory({
    id: 'counting',
    schema: { type: 'object', properties: { by: { type: 'integer', default: 1 } } } as const,
    create: ({ by }) => ({
      id: 'counting',
      needsUndo: false,
      run: (steps) => {
        trainings += by;
        return stored.run(steps);
      },
    }),
  });
  return { definition, trainings: () => trainings };
}

const tiny = defineModel({
  id: 'tiny',
  task: 'recommendation',
  schema: { type: 'object', properties: {} } as const,
  create: (_options, context) => tinyModel({ ...context, width: 4 }),
});
const sequences = Array.from({ length: 24 }, (_, user) => Array.from({ length: 7 }, (__, at) => `item ${(user + at) % 9}`));

function distilled(
  trajectory: string | { id: string; by?: number; memoryBudget?: number; byy?: number },
  more: Partial<DistillRequest> = {},
): Promise<Distillation> {
  return distill({
    ...{ sequences, engine, model: tiny(), maxLength: 4, outerSteps: 2, validateEvery: 2 },
    synthetic: { sequences: 3, rank: 2, initialisation: randomInitialisation() },
    metaOptimizer: farzi({ steps: 3, realBatchSize: 8, trajectory }),
    learner: { poolSize: 2, maxAge: 6, batchSize: 3 },
    training: { maxSteps: 4, evaluateEvery: 2, batchSize: 3, learningRate: 0.01 },
    ...more,
  } as DistillRequest);
}

const { undo: _undo, ...adamWithoutUndo } = adam();
const withoutUndo = { ...adamWithoutUndo, id: 'unable' };

describe('a trajectory that somebody contributes', () => {
  it('is used by a distillation', async () => {
    const { definition, trainings } = countingTrajectory();
    const own = await distilled('counting', { trajectories: [definition] });
    expect(trainings()).toBe(2);
    expect(own.synthetic.data).toEqual((await distilled('stored')).synthetic.data);
  });

  it('gets its own options', async () => {
    const { definition, trainings } = countingTrajectory();
    const own = await distilled({ id: 'counting', by: 5, memoryBudget: 0.001 }, { trajectories: [definition] });
    expect(trainings()).toBe(10);
    expect(own.synthetic.data).toEqual((await distilled('stored')).synthetic.data);
    expect(await errorOf(() => distilled({ id: 'counting', byy: 5 }, { trajectories: [definition] }))).toMatchObject({
      code: 'FARZI_CONFIG_UNKNOWN_KEY',
      message: expect.stringContaining('The key "byy" of trajectory.counting is not known.') as string,
    });
  });

  it('is refused where nobody contributes it, with those that are known', async () => {
    expect(await errorOf(() => distilled('countng', { trajectories: [countingTrajectory().definition] }))).toMatchObject({
      code: 'FARZI_CONTRIBUTION_UNKNOWN',
      message: 'No loaded plugin contributes the trajectory "countng".',
      hint: expect.stringContaining('Did you mean "counting"? Use one of stored, checkpointed, reversible, counting, or') as string,
    });
  });

  it('that undoes steps is refused for an optimizer that cannot', async () => {
    expect(await errorOf(() => distilled('reversible', { learner: { optimizer: withoutUndo } }))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The trajectory "reversible" undoes steps of training, which the optimizer "unable" cannot.',
      hint: 'Use the trajectory stored or checkpointed: they work with every optimizer.',
    });
  });
});

describe('an experiment', () => {
  const folder = temporaryFolder();
  const overrides = ['distillation.outerSteps=3', 'evaluation.seeds=1', 'evaluation.arms=[distilled]'] as const;
  const { definition, trainings } = countingTrajectory();
  const plugin = definePlugin({
    name: 'farzi-counting',
    core: '*',
    trajectories: [definition],
    optimizers: [defineOptimizer({ id: 'unable', schema: { type: 'object', properties: {} } as const, create: () => withoutUndo })],
  });
  const withTrajectory = (id: string, ...more: readonly string[]) =>
    toyConfig(...overrides, `distillation.metaOptimizer.trajectory={ id: ${id} }`, ...more);

  it("uses a plugin's trajectory", async () => {
    await runToy(folder('own'), { config: withTrajectory('counting'), plugins: [toyPlugin, plugin] });
    expect(trainings()).toBe(3);
    await runToy(folder('stored'), { config: withTrajectory('stored') });
    const [own, usual] = [await syntheticBytes(folder('own')), await syntheticBytes(folder('stored'))];
    expect(own).toEqual(usual);
  });

  it('takes a trajectory by its id alone', () => {
    const config = toyConfig(...overrides, 'distillation.metaOptimizer.trajectory=checkpointed');
    expect(() => resolveExperiment(config, createRegistry([toyPlugin]))).not.toThrow();
    const unknown = toyConfig(...overrides, 'distillation.metaOptimizer.trajectory={ id: stored, memorybudget: 4 }');
    expect(() => resolveExperiment(unknown, createRegistry([toyPlugin]))).toThrow(/memorybudget/);
  });

  it('names a trajectory that nobody contributes before anything is loaded', async () => {
    expect(await errorOf(() => resolveExperiment(withTrajectory('counting'), createRegistry([toyPlugin])))).toMatchObject({
      code: 'FARZI_CONTRIBUTION_UNKNOWN',
      message: 'No loaded plugin contributes the trajectory "counting".',
    });
  });

  it('refuses to undo the steps of an optimizer that cannot before anything is loaded', async () => {
    const config = withTrajectory('reversible', 'distillation.learner.optimizer={ id: unable }');
    expect(await errorOf(() => resolveExperiment(config, createRegistry([toyPlugin, plugin])))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
    });
  });
});
