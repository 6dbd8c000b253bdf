import type { OptionsSchema } from './schema.js';
import { validateOptions } from './validate.js';

/** A contribution and the options that it is used with: what `sasrec({ hiddenSize: 32 })` gives. */
export interface Configured<Definition, Options = unknown> {
  readonly definition: Definition;
  /** Valid, with all defaults. */
  readonly options: Options;
}

/** A contribution's definition that is also a function: called with options, it gives the contribution with them. */
export type Configurable<Definition, Given = Readonly<Record<string, unknown>>, Options = unknown> = Definition &
  ((options?: Given) => Configured<Definition, Options>);

/**
 * Makes a definition callable. Options are validated when it is called, and defaults are filled in.
 *
 * @throws FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID from the function that is returned
 */
export function configurable<Definition extends { readonly id: string; readonly schema: OptionsSchema }, Given, Options = unknown>(
  definition: Definition,
): Configurable<Definition, Given, Options> {
  const configure = (given?: Given): Configured<Definition, Options> => ({
    definition: result,
    // what the schema says of them
    options: validateOptions<Options>(definition.schema, given, [definition.id]),
  });
  const result: Configurable<Definition, Given, Options> = Object.freeze(Object.assign(configure, definition));
  return result;
}
