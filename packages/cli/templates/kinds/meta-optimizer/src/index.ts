import { defineMetaOptimizer, definePlugin, type Engine, type EngineTensor, farzi } from '@farzi/core';

/** Farzi, with the gradients of latents and of the decoder brought to the same length: neither outvotes the other. */
export const myContribution = defineMetaOptimizer({
  id: 'my-contribution',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      steps: { type: 'integer', minimum: 1, default: 20, description: 'inner steps that are differentiated' },
      realBatchSize: { type: 'integer', minimum: 1, default: 128 },
    },
  },
  innerSteps: ({ steps }) => steps,
  create: async ({ steps, realBatchSize }, context) => {
    const { definition, options } = farzi({ steps, realBatchSize });
    const unrolled = await definition.create(options, context);
    return {
      ...{ save: () => unrolled.save(), dispose: () => unrolled.dispose() },
      restore: (saved) => {
        unrolled.restore(saved);
      },
      estimate: async (step, synthetic) => {
        const estimate = await unrolled.estimate(step, synthetic);
        const gradient: Record<string, EngineTensor> = {};
        for (const [key, tensor] of Object.entries(estimate.gradient)) {
          gradient[key] = await normalised(context.engine, tensor);
          tensor.dispose();
        }
        return { ...estimate, gradient };
      },
    };
  },
});

async function normalised(engine: Engine, tensor: EngineTensor): Promise<EngineTensor> {
  const values = Float32Array.from(await engine.download(tensor));
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return engine.upload(
    values.map((value) => value / Math.max(norm, 1e-12)),
    tensor.shape,
  );
}

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', metaOptimizers: [myContribution] });
