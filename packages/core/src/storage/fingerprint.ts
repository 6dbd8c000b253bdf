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

/** Whether a job may go on although something it is made of is another; `undefined` stands for what is not there. */
export type MayDiffer = (name: string, saved: string | undefined, current: string | undefined) => boolean;

/**
 * What is not the same in two fingerprints, in words: `outerSteps was 60, and is 80; seed was 1, and is 2`. Only the
 * first of many are named; `undefined` where nothing differs.
 *
 * @param mayDiffer - nothing may by default
 */
export function differenceOf(saved: Fingerprint, current: Fingerprint, mayDiffer: MayDiffer = () => false): string | undefined {
  const differing = differences(saved, current, mayDiffer);
  if (differing.length === 0) return undefined;
  const more = differing.length > MOST_NAMED ? `; and ${differing.length - MOST_NAMED} more` : '';
  return `${differing.slice(0, MOST_NAMED).join('; ')}${more}`;
}

/** The same, one by one. */
function differences(saved: Fingerprint, current: Fingerprint, mayDiffer: MayDiffer): string[] {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(current)])];
  return names
    .filter((name) => saved[name] !== current[name] && !mayDiffer(name, saved[name], current[name]))
    .flatMap((name) => difference(name, saved[name], current[name]));
}

/** How a value differs; of two objects only what is not the same in them. */
function difference(name: string, saved: string | undefined, current: string | undefined): string[] {
  const [was, is] = [objectIn(saved), objectIn(current)];
  if (was !== undefined && is !== undefined) return differences(flatten(was, name), flatten(is, name), () => false);
  const shown = (value: string | undefined): string => value ?? 'not there';
  return [`${name} was ${shown(saved)}, and is ${shown(current)}`];
}

/** The object that a value stands for, where it is one with something in it. */
function objectIn(value: string | undefined): object | undefined {
  if (value?.startsWith('{"') !== true) return undefined;
  try {
    return JSON.parse(value) as object;
  } catch {
    return undefined;
  }
}

/**
 * Refuses what belongs to another job.
 *
 * @param what - what messages call it: a file
 * @param mayDiffer - nothing may by default
 * @throws FARZI_RESUME_MISMATCH naming what differs
 */
export function requireSameFingerprint(saved: Fingerprint, current: Fingerprint, what: string, mayDiffer?: MayDiffer): void {
  const difference = differenceOf(saved, current, mayDiffer);
  if (difference === undefined) return;
  throw new FarziError('FARZI_RESUME_MISMATCH', `The file ${what} belongs to another run: ${difference}.`, {
    hint: 'Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.',
  });
}

/** Whether a JSON value is a fingerprint. */
export function isFingerprint(value: unknown): value is Fingerprint {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}
