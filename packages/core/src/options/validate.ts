import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { FarziError, reasonOf } from '../errors.js';
import { type Locator, optionsError } from './problems.js';
import type { OptionsSchema } from './schema.js';

// one for all: making it compiles the schema of schemas; it keeps none, so that two of a name do not meet
const ajv = new Ajv({
  ...{ allErrors: true, useDefaults: true, verbose: true, strict: true, strictTypes: false, logger: false },
  addUsedSchema: false,
});
addFormats.default(ajv);

const validators = new WeakMap<object, ValidateFunction>();

/** A validator that also fills in defaults; a schema is compiled once. */
export function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validate = ajv.compile(schema);
  validators.set(schema, validate);
  return validate;
}

/** Schemas with unknown keys forbidden, where they do not say otherwise themselves. */
const closed = new WeakMap<OptionsSchema, OptionsSchema>();

function closedSchema(schema: OptionsSchema): OptionsSchema {
  const known = closed.get(schema) ?? { ...schema, additionalProperties: schema.additionalProperties ?? false };
  closed.set(schema, known);
  return known;
}

/** Why a schema of options is none; `undefined` for one that is. */
export function schemaProblem(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null) return `it is ${schema === null ? 'null' : `a ${typeof schema}`}`;
  try {
    validatorOf(closedSchema(schema as OptionsSchema));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * Validates options and fills in their defaults; keys that the schema does not know are refused.
 *
 * @param value - left as it is
 * @param path - where the options stand, as in `['students', '0']`, for messages
 * @param where - finds the place of a value in the text it was written in
 * @throws FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID, FARZI_PLUGIN_INVALID when the schema itself is wrong
 */
export function validateOptions<T>(schema: OptionsSchema, value: unknown, path: readonly string[], where?: Locator): T {
  let validate: ValidateFunction;
  try {
    validate = validatorOf(closedSchema(schema));
  } catch (cause) {
    throw new FarziError('FARZI_PLUGIN_INVALID', `The options schema of ${path.join('.')} is not valid: ${reasonOf(cause)}.`, {
      hint: 'Report this to the author of the plugin.',
      cause,
    });
  }
  const options: unknown = structuredClone(value ?? {});
  if (!validate(options)) throw optionsError(validate.errors ?? [], path, where);
  return options as T;
}
