import { type Engine, type Registry, selectEngine } from '@farzi/core';

/** What every command that computes with students takes. */
export interface EngineOptions {
  readonly engine?: string;
  /** 0: as many as FARZI_THREADS, or one per core. */
  readonly threads?: number;
}

/** Computes with an engine of a registry, and disposes of it. */
export async function onEngine<T>(
  registry: Registry,
  { engine: id = 'auto', threads = 0 }: EngineOptions,
  body: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { engine } = await selectEngine(registry.all('engine'), id, threads);
  try {
    return await body(engine);
  } finally {
    await engine.dispose();
  }
}
