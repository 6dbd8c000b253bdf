import type { FromSchema, JSONSchema } from 'json-schema-to-ts';

/** JSON schema of some options: an object schema written `as const`, so that the options' type follows from it. */
export interface OptionsSchema {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, JSONSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

/** The options that a schema describes; those with a default are always there. */
export type Options<Schema> = Schema extends JSONSchema ? FromSchema<Schema> : never;

/** The options as somebody gives them: those with a default may be left out. */
export type GivenOptions<Schema> = Schema extends JSONSchema ? FromSchema<Schema, { keepDefaultedPropertiesOptional: true }> : never;

/** The schema of a contribution that has no options. */
export const noOptions = { type: 'object', additionalProperties: false, properties: {} } as const;
