import type { ResolvedExperiment } from '../config/resolve.js';
import { corpusOf } from '../data/corpus.js';
import type { DatasetContext } from '../data/dataset.js';
import type { Registry } from '../plugin/registry.js';
import { beforeProbe, estimateAndProbe, type Estimated, estimateExperiment } from './estimate.js';
import { probeModels } from './probe.js';
import { services, servicesOf } from './services.js';

/** A vocabulary to build models with before data are loaded. */
const VOCABULARY = 16;

/** What is known of data before they are loaded: they may be small. */
const noData = {
  sequences: Infinity,
  validation: [],
  test: [],
  mostWindows: 128,
  context: { vocabularySize: VOCABULARY, occurrences: new Float64Array(VOCABULARY) },
};

/**
 * Finds out what can be known without data: whether the engine works here, whether models can be built, recorded and
 * run, and whether the experiment takes too much memory with the smallest of data.
 *
 * @throws FARZI_ENGINE_UNAVAILABLE, FARZI_MODEL_INVALID, FARZI_MEMORY_LIMIT; coded errors of building and recording a
 *   model
 */
export async function checkExperiment(experiment: ResolvedExperiment, registry: Registry): Promise<void> {
  const { engine } = await servicesOf(experiment, registry).get(services.engine)();
  try {
    await beforeProbe(
      () => estimateExperiment(experiment, noData, { baseBytes: process.memoryUsage.rss() }),
      () => probeModels(engine, experiment, VOCABULARY),
    );
  } finally {
    await engine.dispose();
  }
}

/**
 * Loads the data of an experiment and says what the whole of it is expected to take: memory, disk, and time on this
 * machine.
 *
 * @throws FARZI_MEMORY_LIMIT, and what {@link checkExperiment} and datasets throw
 */
export async function estimateWithData(experiment: ResolvedExperiment, registry: Registry, context: DatasetContext): Promise<Estimated> {
  const container = servicesOf(experiment, registry);
  const { engine } = await container.get(services.engine)();
  try {
    const dataset = await container.get(services.dataset)(context);
    const { maxLength, evaluation } = experiment.config;
    return await estimateAndProbe(engine, experiment, dataset, corpusOf(dataset, maxLength, evaluation.validationTargets));
  } finally {
    await engine.dispose();
  }
}
