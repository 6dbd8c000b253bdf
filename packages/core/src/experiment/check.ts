import type { ResolvedExperiment } from '../config/resolve.js';
import { selectEngine } from '../engine/select.js';
import type { Registry } from '../plugin/registry.js';
import { probeModels } from './probe.js';

/** A vocabulary to build models with before data are loaded. */
const VOCABULARY = 16;

/**
 * Finds out what can be known without data: whether the engine works here, and whether models can be built, recorded and run.
 *
 * @throws FARZI_ENGINE_UNAVAILABLE, FARZI_MODEL_INVALID; whatever building or recording a model throws
 */
export async function checkExperiment(experiment: ResolvedExperiment, registry: Registry): Promise<void> {
  const { config } = experiment;
  const { engine } = await selectEngine(registry.all('engine'), config.engine, config.threads);
  try {
    await probeModels(engine, experiment, VOCABULARY);
  } finally {
    await engine.dispose();
  }
}
