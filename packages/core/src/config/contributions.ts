import { OUTER_ADAM } from '../distill/options.js';
import type { ContributionKind } from '../plugin/tokens.js';
import { type ContributionConfig, usualArms } from './schema.js';

/** A place of a configuration where a contribution is named. */
interface ContributionSlot {
  /** `*` stands for every item of a list. */
  readonly path: readonly string[];
  readonly kind: ContributionKind;
  /** What stands there where nothing is said; its options hold for its own id only. */
  readonly default?: ContributionConfig;
}

const slot = (path: string, kind: ContributionKind, usual?: ContributionConfig): ContributionSlot => ({
  path: path.split('.'),
  kind,
  ...(usual === undefined ? {} : { default: usual }),
});

/** Every place of an experiment where a contribution is named. */
const contributionSlots: readonly ContributionSlot[] = [
  slot('executor', 'executor', { id: 'inline' }),
  slot('dataset', 'dataset'),
  slot('model', 'model'),
  slot('students.*', 'model'),
  slot('synthetic.initialisation', 'initialisation', { id: 'teacher' }),
  slot('synthetic.storage', 'codec', { id: 'entropy' }),
  slot('teacher.optimizer', 'optimizer', { id: 'adam' }),
  slot('teacher.schedule', 'schedule', { id: 'constant' }),
  slot('distillation.metaOptimizer', 'metaOptimizer', { id: 'farzi' }),
  slot('distillation.learner.optimizer', 'optimizer', { id: 'adam' }),
  slot('distillation.outerOptimizer', 'optimizer', { id: 'adam', ...OUTER_ADAM }),
  slot('distillation.schedule', 'schedule', { id: 'cosine' }),
  slot('training.optimizer', 'optimizer', { id: 'adam' }),
  slot('training.schedule', 'schedule', { id: 'constant' }),
  slot('fullTraining.schedule', 'schedule'),
  slot('evaluation.arms.*', 'arm'),
];

type Values = Record<string, unknown>;

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The place that a path leads to, where that is a contribution's. */
export function slotAt(path: readonly string[]): ContributionSlot | undefined {
  return contributionSlots.find(
    ({ path: place }) =>
      place.length === path.length && place.every((key, depth) => key === path[depth] || (key === '*' && /^\d+$/.test(path[depth] ?? ''))),
  );
}

/** Replaces what stands in the places of a slot. */
function replaceAt(values: unknown, path: readonly string[], replace: (value: unknown) => unknown): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof values !== 'object' || values === null) return;
  const container = values as Values;
  for (const name of key === '*' ? (Array.isArray(values) ? Object.keys(values) : []) : [key]) {
    if (rest.length > 0) replaceAt(Object.hasOwn(container, name) ? container[name] : undefined, rest, replace);
    else {
      const next = replace(Object.hasOwn(container, name) ? container[name] : undefined);
      if (next !== undefined) container[name] = next;
    }
  }
}

/** Writes contributions of which only the id is given as `{ id }`. Changes the values. */
export function spellOutIds(values: Values): void {
  for (const { path } of contributionSlots) replaceAt(values, path, (value) => (typeof value === 'string' ? { id: value } : value));
}

/**
 * Values of a file on those of the one that it extends: objects key by key, lists and all else as a whole. A
 * contribution with another id has none of the options of the one before.
 */
export function extendValues(base: Values, own: Values, path: readonly string[] = []): Values {
  if (slotAt(path) !== undefined && own['id'] !== undefined && own['id'] !== base['id']) return own;
  const values: Values = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    const next = isObject(before) && isObject(value) ? extendValues(before, value, [...path, key]) : value;
    // never by assignment: a key may be __proto__
    Object.defineProperty(values, key, { value: next, writable: true, enumerable: true, configurable: true });
  }
  return values;
}

/**
 * Fills in the contributions that stand where nothing else is said: their ids where only options are given, and their
 * own options for the same id. Changes the values.
 */
export function fillInContributions(values: Values): void {
  for (const section of ['synthetic', 'teacher', 'distillation', 'training', 'evaluation'])
    if (values[section] === undefined) values[section] = {};
  const { distillation, evaluation } = values;
  if (isObject(distillation) && distillation['learner'] === undefined) distillation['learner'] = {};
  if (isObject(evaluation) && evaluation['arms'] === undefined) evaluation['arms'] = usualArms.map((id) => ({ id }));
  for (const { path, default: usual } of contributionSlots) {
    if (usual === undefined) continue;
    replaceAt(values, path, (value) => {
      if (value === undefined) return { ...usual };
      if (!isObject(value) || (value['id'] !== undefined && value['id'] !== usual.id)) return value;
      return { ...usual, ...value, id: usual.id };
    });
  }
}
