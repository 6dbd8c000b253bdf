import { FarziError } from '../errors.js';
import { threadsHere } from '../platform/machine.js';
import { type Availability, type Engine, type EngineDefinition, isForAuto } from './engine.js';
import { withProgramCache } from './program-cache.js';

/** An engine and why others before it were not taken. */
export interface EngineChoice {
  readonly engine: Engine;
  readonly version: string;
  readonly passedOver: readonly { readonly id: string; readonly reason: string }[];
}

/** What every engine says of itself. */
export async function surveyEngines(definitions: readonly EngineDefinition[]): Promise<{ id: string; availability: Availability }[]> {
  const survey = [];
  for (const { id, check } of definitions) survey.push({ id, availability: await check() });
  return survey;
}

/**
 * Makes an engine.
 *
 * @param wanted - an engine's id, or `auto` for the first that works
 * @param threads - 0 for one per core, or as many as the environment variable FARZI_THREADS
 * @throws FARZI_ENGINE_UNAVAILABLE naming each engine that was tried and why it cannot be used, FARZI_CONFIG_INVALID
 *   where that variable is no number of threads
 */
export async function selectEngine(definitions: readonly EngineDefinition[], wanted: string, threads: number): Promise<EngineChoice> {
  const candidates = wanted === 'auto' ? definitions : definitions.filter(({ id }) => id === wanted);
  if (candidates.length === 0) {
    throw new FarziError('FARZI_ENGINE_UNAVAILABLE', `There is no engine ${wanted}.`, {
      hint: `Use one of auto, ${definitions.map(({ id }) => id).join(', ')}.`,
    });
  }
  const passedOver: { id: string; reason: string }[] = [];
  for (const { id, check, create } of candidates) {
    const availability = await check(wanted === 'auto');
    if (availability.usable && (wanted !== 'auto' || isForAuto(availability)))
      return {
        engine: withProgramCache(await create({ threads: threads > 0 ? threads : threadsHere() })),
        version: availability.version,
        passedOver,
      };
    passedOver.push({ id, reason: whyNot(availability) });
  }
  const lines = ['No engine can be used.', ...passedOver.map(({ id, reason }) => `${id}: ${reason}`)];
  throw new FarziError('FARZI_ENGINE_UNAVAILABLE', lines.join('\n'), { hint: 'Run farzi doctor.' });
}

function whyNot(availability: Availability): string {
  if (availability.usable) return availability.onlyByName ?? '';
  const { reason, install } = availability;
  return `${reason}${install === undefined ? '' : ` To install it: ${install}.`}`;
}
