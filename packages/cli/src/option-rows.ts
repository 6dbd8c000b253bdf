import type { OptionsSchema } from '@farzi/core';

/** What is told of one option in its JSON schema. */
export interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: Property;
}

/** Options as rows of words: name, values that it takes, default, description. */
export function optionRows(schema: OptionsSchema | undefined): string[][] {
  const properties = Object.entries((schema?.properties ?? {}) as Readonly<Record<string, Property>>);
  const required = (schema as { readonly required?: readonly string[] } | undefined)?.required ?? [];
  return properties.map(([name, property]) => [
    `  ${name}`,
    valuesOf(property),
    property.default === undefined ? (required.includes(name) ? 'required' : '-') : JSON.stringify(property.default),
    property.description ?? '',
  ]);
}

/** What an option may be, in words: `integer from 1`, `"soft" or "hard"`. */
export function valuesOf(property: Property): string {
  if (property.enum !== undefined) return property.enum.map((value) => JSON.stringify(value)).join(' or ');
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum, items } = property;
  const words = [
    type === 'array' ? `list of ${valuesOf(items ?? {})}` : type === undefined ? 'anything' : [type].flat().join(' or '),
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return words.join(' ');
}
