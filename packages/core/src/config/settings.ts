import { type Fingerprint, flatten } from '../storage/fingerprint.js';
import { labelsOf } from './labels.js';

type Values = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Value of what is in a list and has nothing else to say. */
const THERE = 'there';

/** Lists whose items may become more, with the dot before the name of an item; and the plugins that are loaded. */
const GROWING = ['students.', 'evaluation.arms.', 'evaluation.metrics.', 'plugins.', 'plugin '];

/**
 * What results depend on of a configuration: a run may go on with another limit of its memory, and with others who do
 * its work. Items of lists that may
 * grow have a name each, whatever their place.
 */
export function decisiveSettings(config: unknown): Fingerprint {
  if (!isObject(config)) return flatten(config);
  const { memoryLimit: _limit, executor: _executor, students, plugins, evaluation, ...settings } = config;
  const { arms, metrics, ...protocol } = isObject(evaluation) ? evaluation : { evaluation };
  return {
    ...flatten({ ...settings, evaluation: protocol }),
    ...named('students', students ?? [settings['model']]),
    ...named('evaluation.arms', arms),
    ...named('evaluation.metrics', metrics),
    ...named('plugins', plugins),
  };
}

/** The plugins of a run, as far as their versions are known. */
export function pluginSettings(names: readonly string[], versions: Readonly<Record<string, string>>): Fingerprint {
  return Object.fromEntries(names.map((name) => [`plugin ${name}`, versions[name] ?? 'of unknown version']));
}

/**
 * Whether a run may go on although a setting is another: what adds students, arms, metrics and seeds, and the plugins
 * they come from, changes nothing of what is there.
 */
export function mayGrow(name: string, saved: string | undefined, current: string | undefined): boolean {
  if (name === 'evaluation.seeds') return Number(current) > Number(saved);
  return saved === undefined && GROWING.some((beginning) => name.startsWith(beginning));
}

/** Items of a list by their names: contributions with their options, or words. */
function named(place: string, list: unknown): Fingerprint {
  if (!Array.isArray(list)) return list === undefined ? {} : flatten(list, place);
  const labels = labelsOf(list.map((item: unknown) => (isObject(item) ? String(item['id']) : String(item))));
  return Object.fromEntries(
    list.map((item: unknown, index) => {
      const { id: _id, ...options } = isObject(item) ? item : {};
      return [`${place}.${labels[index] ?? ''}`, Object.keys(options).length === 0 ? THERE : JSON.stringify(options)];
    }),
  );
}
