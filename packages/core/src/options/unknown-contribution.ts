import { closest } from 'fastest-levenshtein';
import { FarziError } from '../errors.js';

/** The error for an id that nothing contributes, with the one that may have been meant. */
export function unknownContribution(kind: string, id: string, known: readonly string[]): FarziError {
  return new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `No loaded plugin contributes the ${kind} "${id}".`, {
    hint:
      known.length === 0
        ? 'List the plugin that brings it under plugins, or name it with --plugin.'
        : `Did you mean "${closest(id, known)}"? Use one of ${known.join(', ')}, or list the plugin that brings it under plugins, or name it with --plugin.`,
  });
}
