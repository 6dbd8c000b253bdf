import type { ResolvedExperiment } from '../config/resolve.js';
import type { Registry } from '../plugin/registry.js';
import { probeModels } from './probe.js';
import { services, servicesOf } from './services.js';

/** A vocabulary to build models with before data are loaded. */
const VOCABULARY = 16;

/**
 * Finds out what can be known without data: whether the engine works here, and whether models can be built, recorded
 * and run.
 *
 * @throws FARZI_ENGINE_UNAVAILABLE, FARZI_MODEL_INVALID; coded errors of building and recording a model
 */
export async function checkExperiment(experiment: ResolvedExperiment, registry: Registry): Promise<void> {
  const { engine } = await servicesOf(experiment, registry).get(services.engine)();
  try {
    await probeModels(engine, experiment, VOCABULARY);
  } finally {
    await engine.dispose();
  }
}
