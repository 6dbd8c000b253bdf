import { invariant } from '../errors.js';
import type { OptionsSchema } from '../options/schema.js';
import type { Registry } from '../plugin/registry.js';
import { slotAt } from './contributions.js';
import { experimentSchema } from './schema.js';

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is `{ id, ...options }`, of which the experiment's own schema knows the id only. */
const isContribution = ({ required }: Schema): boolean => Array.isArray(required) && required.join() === 'id';

/** An id, or an object with one and the options of whoever goes by it. */
function choice(definitions: readonly { readonly id: string; readonly schema: OptionsSchema }[], about: Schema): Schema {
  return {
    ...about,
    anyOf: [
      { enum: definitions.map(({ id }) => id) },
      ...definitions.map(({ id, schema }) => {
        const { properties, required = [], ...rest } = schema as OptionsSchema & { readonly required?: readonly string[] };
        return { ...rest, title: id, properties: { id: { const: id }, ...properties }, required: ['id', ...required] };
      }),
    ],
  };
}

/**
 * The JSON schema of experiment files, with all that plugins contribute and its options: what editors complete and check
 * by. Whether contributions fit each other only `farzi validate` knows.
 */
export function editorSchema(registry: Registry): Schema {
  const expanded = (schema: Schema, path: readonly string[]): Schema => {
    if (isContribution(schema)) {
      const slot = slotAt(path);
      invariant(slot, `Nothing says what kind of contribution ${path.join('.')} is.`);
      const definitions = registry.all(slot.kind) as readonly { readonly id: string; readonly schema: OptionsSchema }[];
      const { description } = schema;
      return choice(definitions, {
        ...(description === undefined ? {} : { description }),
        ...(slot.default === undefined ? {} : { default: slot.default }),
      });
    }
    const { properties, items, ...rest } = schema;
    return {
      ...rest,
      ...(isSchema(items) ? { items: expanded(items, [...path, '*']) } : {}),
      ...(isSchema(properties)
        ? {
            properties: Object.fromEntries(
              Object.entries(properties).map(([name, value]) => [name, expanded(value as Schema, [...path, name])]),
            ),
          }
        : {}),
    };
  };
  const { properties, ...rest } = expanded(experimentSchema, []) as { readonly properties: Readonly<Record<string, Schema>> };
  const engines = ['auto', ...registry.all('engine').map(({ id }) => id)];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...rest,
    properties: { ...properties, engine: { ...properties['engine'], enum: engines } },
  };
}
