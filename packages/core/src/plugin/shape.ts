import { closest, distance } from 'fastest-levenshtein';
import { FarziError } from '../errors.js';
import { schemaProblem } from '../options/validate.js';
import { kinds } from './container.js';
import type { Plugin } from './define.js';

const lists: readonly string[] = Object.values(kinds);
const keys: readonly string[] = ['name', 'core', 'services', ...lists];

/** Letters that a wrong key may differ in from the one that is proposed. */
const SIMILAR = 4;

/**
 * Finds what the compiler would have found in a plugin that was not written in TypeScript, and schemas that are none.
 *
 * @param where - of the plugin, for messages: `x (file:///...)`
 * @throws FARZI_PLUGIN_INVALID
 */
export function requireShape(plugin: Plugin, where: string): void {
  for (const [key, value] of Object.entries(plugin) as [string, unknown][]) {
    if (!keys.includes(key)) {
      const meant = closest(key, keys);
      throw new FarziError('FARZI_PLUGIN_INVALID', `The plugin ${where} has the key "${key}", which no plugin has.`, {
        hint: `${distance(key, meant) <= SIMILAR ? `Did you mean "${meant}"? ` : ''}It may have ${keys.join(', ')}.`,
      });
    }
    if (lists.includes(key) && value !== undefined) checkList(key, value, where);
  }
  if (plugin.services !== undefined && typeof plugin.services !== 'function') {
    throw new FarziError('FARZI_PLUGIN_INVALID', `The plugin ${where} has services that are no function.`, {
      hint: 'Write services: ({ bind, rebind }) => { ... }.',
    });
  }
}

function checkList(key: string, value: unknown, where: string): void {
  if (!Array.isArray(value)) {
    throw new FarziError('FARZI_PLUGIN_INVALID', `The plugin ${where} has ${key} that are no list.`, { hint: `Write ${key}: [...].` });
  }
  for (const [index, contribution] of (value as ({ readonly id?: unknown; readonly schema?: unknown } | null | undefined)[]).entries()) {
    const id = contribution?.id;
    if (typeof id !== 'string' || id === '') {
      throw new FarziError('FARZI_PLUGIN_INVALID', `The plugin ${where} has no id for ${key}[${index}].`, {
        hint: 'Every contribution has an id, by which configurations name it.',
      });
    }
    const schema = contribution?.schema;
    if (schema === undefined) continue;
    const problem = schemaProblem(schema);
    if (problem === undefined) continue;
    throw new FarziError(
      'FARZI_PLUGIN_INVALID',
      `The plugin ${where} has ${key}[${index}] ("${id}") with options that no schema describes: ${problem}.`,
      {
        hint: 'Its schema is to be a JSON schema of an object: { type: "object", properties: { ... } }.',
      },
    );
  }
}
