import { FarziError } from '../errors.js';
import type { ConfigDocument } from './document.js';

/** Keys that have moved, and where they are now. */
const renamed: Readonly<Record<string, string>> = {
  'distillation.optimizer': 'distillation.learner.optimizer',
  'distillation.beta1': 'distillation.outerOptimizer.beta1',
  'distillation.beta2': 'distillation.outerOptimizer.beta2',
};

/** The same for options of the meta-optimizer `farzi`. */
const renamedOfFarzi: Readonly<Record<string, string>> = {
  'distillation.metaOptimizer.learners': 'distillation.learner.start',
  'distillation.metaOptimizer.poolSize': 'distillation.learner.poolSize',
  'distillation.metaOptimizer.maxAge': 'distillation.learner.maxAge',
  'distillation.metaOptimizer.batchSize': 'distillation.learner.batchSize',
  'distillation.metaOptimizer.learningRate': 'distillation.learner.learningRate',
};

function at(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined,
    values,
  );
}

/**
 * Refuses keys of earlier versions.
 *
 * @throws FARZI_CONFIG_UNKNOWN_KEY naming the new keys
 */
export function refuseRenamedKeys(values: unknown, document: ConfigDocument): void {
  const usesFarzi = at(values, ['distillation', 'metaOptimizer', 'id']) === 'farzi';
  const found = Object.entries(usesFarzi ? { ...renamed, ...renamedOfFarzi } : renamed)
    .map(([key, now]) => ({ key, now, path: key.split('.') }))
    .filter(({ path }) => at(values, path) !== undefined)
    .map((each) => ({ ...each, location: document.locate(each.path, 'key') }))
    .sort((a, b) => a.location.order - b.location.order);
  const [first, second] = found;
  if (first === undefined) return;
  throw new FarziError(
    'FARZI_CONFIG_UNKNOWN_KEY',
    found.map(({ location, key, now }) => `${location.text}: The key ${key} is now ${now}.`).join('\n'),
    {
      hint: second === undefined ? `Move the value to ${first.now}.` : 'Move the values to their new keys.',
    },
  );
}
