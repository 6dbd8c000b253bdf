import {
  type ConfiguredModel,
  distill,
  evaluate,
  type Executable,
  farzi,
  loadDataset,
  onnxRuntime,
  OnnxEngine,
  type OnnxRuntime,
  onnxWebGpuEngine,
  type Program,
  trainStudent,
  webGpuLowerings,
} from '@farzi/core';
import { mobyDick, movielensSmall2016 } from '@farzi/datasets';
import { sasrec } from '@farzi/models-sasrec';
import { transformerLm } from '@farzi/models-transformer-lm';
import { describe, expect, it } from 'vitest';

const availability = await onnxWebGpuEngine.check();
const reason = availability.usable ? '' : ` (${availability.reason})`;

/** Computes on the CPU what WebGPU could compute alone: a driver that is software is too slow for whole distillations. */
class PlacedEngine extends OnnxEngine {
  readonly placed = new Set<string>();
  readonly #gpu: OnnxEngine;

  constructor(runtime: OnnxRuntime) {
    super('placed', runtime, 'cpu', 1);
    this.#gpu = new OnnxEngine('onnx-webgpu', runtime, 'webgpu', 1, { strict: true, lowerings: webGpuLowerings });
  }

  override async compile(program: Program): Promise<Executable> {
    await (await this.#gpu.compile(program)).dispose();
    this.placed.add(program.name);
    return super.compile(program);
  }
}

describe.skipIf(!availability.usable)(`the first-party models on WebGPU${reason}`, () => {
  const movies = loadDataset(movielensSmall2016({ minimumUserEvents: 20, minimumItemEvents: 100 }));
  const novel = loadDataset(mobyDick({ tokenizer: 'character' }));
  const models: readonly [string, ConfiguredModel, typeof movies, string][] = [
    ['SASRec', sasrec({ hiddenSize: 8, blocks: 1, dropout: 0.2 }), movies, 'ndcg@10'],
    ['the Transformer', transformerLm({ width: 8, blocks: 1, heads: 2, dropout: 0.1 }), novel, 'perplexity'],
  ];

  it.each(models)('need no CPU to distil and train %s', async (_name, model, data, metric) => {
    const engine = new PlacedEngine(await onnxRuntime());
    const dataset = await data;
    const training = { batchSize: 4, maxSteps: 10 };
    const { synthetic } = await distill({
      ...{ engine, dataset, model, maxLength: 8, training, teacher: { batchSize: 8, maxSteps: 10 }, outerSteps: 2 },
      synthetic: { sequences: 4, rank: 4 },
      metaOptimizer: farzi({ steps: 2, realBatchSize: 8 }),
      learner: { poolSize: 1, batchSize: 4 },
      evaluation: { validationTargets: 50 },
    });
    const student = await trainStudent({ engine, data: synthetic, model, training, seed: 1 });
    await evaluate({ engine, student, cases: dataset.test.slice(0, 50), metrics: [metric] });
    expect([...engine.placed]).toEqual(
      expect.arrayContaining(['real data step', 'synthetic data reverse step', 'synthetic data outer loss', 'outer update', 'scores']),
    );
    await engine.dispose();
  });
});
