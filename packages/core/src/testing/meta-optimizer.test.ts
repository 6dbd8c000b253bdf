import { describe, expect, it } from 'vitest';
import { farzi } from '../distill/farzi.js';
import type { DistillationContext, MetaEstimate, MetaOptimizer, MetaOptimizerDefinition } from '../distill/meta-optimizer.js';
import { disposeAll, type EngineTensor, type EngineTensors } from '../engine/engine.js';
import { FarziError } from '../errors.js';
import { checkMetaOptimizer } from './meta-optimizer.js';

it.each([
  { unroll: 'full', steps: 4 },
  { unroll: 'window', steps: 3, trajectories: 2, trajectory: { id: 'checkpointed' } },
  { unroll: 'window', steps: 3, teacherShare: 0.7 },
])('farzi keeps the contract with %o', async (options) => {
  await expect(checkMetaOptimizer(farzi, { options: { realBatchSize: 12, ...options } })).resolves.toBeUndefined();
});

const options = { steps: 3, realBatchSize: 12 };

/** Farzi with something changed. */
function broken(
  change: (sound: MetaOptimizer, context: DistillationContext) => Partial<MetaOptimizer>,
  more: Partial<MetaOptimizerDefinition> = {},
): MetaOptimizerDefinition {
  return {
    ...{ id: 'broken', schema: farzi.schema, innerSteps: farzi.innerSteps.bind(farzi) },
    create: async (given, context) => {
      const sound = await farzi.create(given, context);
      return {
        estimate: (...step) => sound.estimate(...step),
        save: () => sound.save(),
        restore: (saved) => {
          sound.restore(saved);
        },
        dispose: () => sound.dispose(),
        ...change(sound, context),
      };
    },
    ...more,
  };
}
/** Farzi whose estimates are changed. */
const estimating = (
  change: (estimate: MetaEstimate, context: DistillationContext, synthetic: EngineTensors) => MetaEstimate | Promise<MetaEstimate>,
): MetaOptimizerDefinition =>
  broken((sound, context) => ({ estimate: async (step, synthetic) => change(await sound.estimate(step, synthetic), context, synthetic) }));
/** Farzi whose gradients are changed number by number. */
const gradientOf = (change: (value: number) => number): MetaOptimizerDefinition =>
  estimating(async (estimate, { engine }) => {
    const moved = Object.entries(estimate.gradient).map(async ([key, tensor]) => {
      const values = Float32Array.from(await engine.download(tensor), change);
      return [key, engine.upload(values, tensor.shape)] as const;
    });
    const gradient = Object.fromEntries(await Promise.all(moved));
    disposeAll(estimate.gradient);
    return { ...estimate, gradient };
  });

describe('checkMetaOptimizer finds a meta-optimizer', () => {
  let created = 0;
  const first = 'broken (soft inputs, start: fresh): ';
  const kept: EngineTensor[] = [];
  const rows: readonly (readonly [string, MetaOptimizerDefinition, string | RegExp])[] = [
    [
      'that accepts no plan',
      broken(() => ({}), {
        check: () => {
          throw new FarziError('FARZI_CONFIG_INVALID', 'no');
        },
      }),
      'broken: Its check refuses learners of every start: fresh, snapshots, pool.',
    ],
    ['with half an inner step', broken(() => ({}), { innerSteps: () => 0.5 }), 'broken: The function innerSteps gives 0.5.'],
    [
      'without a gradient of the decoder',
      estimating(({ gradient: { decoder, ...gradient }, ...estimate }) => {
        decoder?.dispose();
        return { ...estimate, gradient };
      }),
      `${first}The gradient of decoder is nothing, not [3, 11].`,
    ],
    [
      'with a gradient of another shape',
      estimating((estimate, { engine }) => ({
        ...estimate,
        gradient: { ...estimate.gradient, latents: engine.upload(new Float32Array(75), [25, 3]) },
      })),
      `${first}The gradient of latents is [25, 3], not [5, 5, 3].`,
    ],
    ['whose gradients are not finite', gradientOf(() => Number.NaN), `${first}The gradient of latents is not finite.`],
    ['whose gradients are 0', gradientOf(() => 0), `${first}The gradient of latents is 0.`],
    [
      'whose loss is not finite',
      estimating((estimate) => ({ ...estimate, metaLoss: Number.NaN })),
      `${first}The loss metaLoss is NaN in outer step 0.`,
    ],
    [
      'with a stream of its own',
      broken(() => ({}), { create: (given, context) => farzi.create(given, { ...context, stream: context.stream.child(created++) }) }),
      `${first}The same outer step of the same stream gives other estimates (step 0).`,
    ],
    [
      'that forgets its learners',
      broken(() => ({ save: () => Promise.resolve({}) })),
      'broken (soft inputs, start: pool): After save and restore it goes on with other estimates.',
    ],
    ['that goes on changing what was saved', savingForLater(), `${first}What was saved changes afterwards (steps).`],
    [
      'that goes uphill',
      gradientOf((value) => -value),
      `${first}No small step of latents against the gradient lowers metaLoss; it falls by -`,
    ],
    [
      'whose gradients are noise',
      gradientOf((value) => Math.sin(1e6 * value)),
      /^broken \(.*\): No small step of (latents|decoder) against the gradient lowers metaLoss/,
    ],
    [
      'that disposes of what is not its own',
      estimating((estimate, _context, synthetic) => {
        synthetic['decoder']?.dispose();
        return estimate;
      }),
      'A value of shape [3, 11] is used after it was disposed of.',
    ],
    [
      'that writes into what is not its own',
      estimating(async (estimate, { engine }, synthetic) => {
        (await engine.download(synthetic['latents'] as EngineTensor)).fill(0);
        return estimate;
      }),
      `${first}Calling estimate changes the latents that it is given.`,
    ],
    [
      'that gives away what it goes on using',
      broken((sound) => {
        let last: MetaEstimate | undefined;
        return { estimate: async (...step) => (last ??= await sound.estimate(...step)) };
      }),
      'A value of shape [5, 5, 3] is used after it was disposed of.',
    ],
    [
      'that leaves values behind',
      broken((sound) => ({
        dispose: () => (sound as unknown as { trajectories: { unroll: MetaOptimizer } }).trajectories.unroll.dispose(),
      })),
      /^broken \(soft inputs, start: pool\): \d+ values are left after dispose\.$/,
    ],
    [
      'that keeps more with every estimate',
      broken((sound, { engine }) => ({
        estimate: (...step) => {
          kept.push(engine.upload(Float32Array.of(1), []));
          return sound.estimate(...step);
        },
        dispose: () => {
          for (const tensor of kept.splice(0)) tensor.dispose();
          return sound.dispose();
        },
      })),
      /^broken \(soft inputs, start: fresh\): The values that it keeps become more with every estimate/,
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkMetaOptimizer(definition, { options })).rejects.toThrow(message);
  });
});

/** Counts its steps in an array that it hands out when it is saved. */
function savingForLater(): MetaOptimizerDefinition {
  return broken((sound) => {
    const steps = Int32Array.of(0);
    return {
      estimate: (...step) => {
        steps[0] = step[0];
        return sound.estimate(...step);
      },
      save: async () => ({ ...(await sound.save()), steps: { shape: [1], values: steps } }),
    };
  });
}
