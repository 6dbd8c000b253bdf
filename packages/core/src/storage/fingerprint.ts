import { FarziError } from '../errors.js';

/** What a job is made of (configuration, data, versions), by name. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Names that are listed in a message, at most. */
const MOST_NAMED = 5;

/** The leaves of a JSON value by their paths, as in `distillation.outerSteps`. */
export function flatten(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [path]: JSON.stringify(value) ?? 'undefined' };
  const entries = Object.entries(value);
  if (entries.length === 0) return { [path]: JSON.stringify(value) };
  return Object.assign({}, ...entries.map(([key, below]) => flatten(below, path === '' ? key : `${path}.${key}`))) as Record<
    string,
    string
  >;
}

/** What is not the same in two fingerprints, in words: `outerSteps was 60, and is 80`. */
function differences(saved: Fingerprint, current: Fingerprint): string[] {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(current)])];
  const shown = (value: string | undefined): string => value ?? 'not there';
  return names
    .filter((name) => saved[name] !== current[name])
    .map((name) => `${name} was ${shown(saved[name])}, and is ${shown(current[name])}`);
}

/**
 * Refuses what belongs to another job.
 *
 * @param what - what messages call it: a file
 * @throws FARZI_RESUME_MISMATCH naming what differs
 */
export function requireSameFingerprint(saved: Fingerprint, current: Fingerprint, what: string): void {
  const differing = differences(saved, current);
  if (differing.length === 0) return;
  const more = differing.length > MOST_NAMED ? `; and ${differing.length - MOST_NAMED} more` : '';
  throw new FarziError(
    'FARZI_RESUME_MISMATCH',
    `The file ${what} belongs to another run: ${differing.slice(0, MOST_NAMED).join('; ')}${more}.`,
    {
      hint: 'Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.',
    },
  );
}

/** Whether a JSON value is a fingerprint. */
export function isFingerprint(value: unknown): value is Fingerprint {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}
