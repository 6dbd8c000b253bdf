import type { ConfiguredModel } from '../model/definition.js';
import { validateOptions } from '../options/validate.js';
import type { Registry } from '../plugin/registry.js';
import { applyOverride, parseOverride } from './overrides.js';

/**
 * A model by its id, with options as a command line gives them.
 *
 * @param settings - `hiddenSize=64` each; values are YAML
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_USAGE for a malformed setting, FARZI_CONFIG_UNKNOWN_KEY,
 *   FARZI_CONFIG_INVALID
 */
export function modelFrom(registry: Registry, id: string, settings: readonly string[]): ConfiguredModel {
  const definition = registry.get('model', id);
  const given: Record<string, unknown> = {};
  for (const setting of settings) applyOverride(given, parseOverride(setting));
  return { definition, options: validateOptions(definition.schema, given, ['model']) };
}
