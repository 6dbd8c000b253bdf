import { closest } from 'fastest-levenshtein';
import { FarziError } from '../errors.js';

/** The error for an id that nothing contributes, with the one that may have been meant. */
export function unknownContribution(kind: string, id: string, known: readonly string[]): FarziError {
  const near = known.length === 0 ? '' : `Did you mean "${closest(id, known)}"? `;
  return new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `no loaded plugin contributes the ${kind} "${id}"`, {
    hint: `${near}Known: ${known.join(', ') || 'none'}. A plugin's contributions appear when the plugin is listed under plugins, or named with --plugin.`,
  });
}
