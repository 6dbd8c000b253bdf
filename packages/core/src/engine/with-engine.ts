import type { Engine } from './engine.js';
import { builtInEngines } from './built-in.js';
import { selectEngine } from './select.js';

/** Which engine to compute with. */
export interface EngineInput {
  /**
   * One that is made already, which stays the caller's; the id of a built-in one; or `auto` (the default) for the first
   * that works here.
   */
  readonly engine?: Engine | string;
  /** Threads of an engine that is made: 0 (the default) for as many as FARZI_THREADS, or one per core. */
  readonly threads?: number;
}

/**
 * Computes with an engine; one that was made for this is disposed of afterwards.
 *
 * @throws FARZI_ENGINE_UNAVAILABLE
 */
export async function withEngine<T>({ engine = 'auto', threads = 0 }: EngineInput, body: (engine: Engine) => Promise<T>): Promise<T> {
  if (typeof engine !== 'string') return body(engine);
  const { engine: made } = await selectEngine(builtInEngines, engine, threads);
  try {
    return await body(made);
  } finally {
    await made.dispose();
  }
}
