import type { OptionsSchema } from './schema.js';
import { validateOptions } from './validate.js';

/** A contribution and the options that it is used with: what `sasrec({ hiddenSize: 32 })` gives. */
export interface Configured<Definition> {
  readonly definition: Definition;
  /** Valid, with all defaults. */
  readonly options: unknown;
}

/** A contribution's definition that is also a function: called with options, it gives the contribution with them. */
export type Configurable<Definition, Given = Readonly<Record<string, unknown>>> = Definition &
  ((options?: Given) => Configured<Definition>);

/**
 * Makes a definition callable. Options are validated when it is called, and defaults are filled in.
 *
 * @throws FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID from the function that is returned
 */
export function configurable<Definition extends { readonly id: string; readonly schema: OptionsSchema }, Given>(
  definition: Definition,
): Configurable<Definition, Given> {
  const configure = (given?: Given): Configured<Definition> => ({
    definition: result,
    options: validateOptions(definition.schema, given, [definition.id]),
  });
  const result: Configurable<Definition, Given> = Object.freeze(Object.assign(configure, definition));
  return result;
}
