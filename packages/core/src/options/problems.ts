import type { ErrorObject } from 'ajv';
import { closest, distance } from 'fastest-levenshtein';
import { type ErrorCode, FarziError } from '../errors.js';

/** Where a value was written. */
export interface Location {
  /** `experiment.yaml:12:3`, or `--set a.b=1` */
  readonly text: string;
  /** Sorts locations as a reader meets them. */
  readonly order: number;
}

/** Finds the places of values in the text they were written in. */
export interface Locator {
  /**
   * Where a value (or its key) stands; for one that was not written, where the innermost written thing around it does.
   */
  locate(path: readonly string[], target?: 'key' | 'value'): Location;
}

/** One thing that is wrong with a configuration. */
interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly path: readonly string[];
  readonly target: 'key' | 'value';
}

interface KnownSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string; readonly enum?: readonly unknown[] }>>;
  readonly required?: readonly string[];
}

const LONGEST_VALUE = 60;

/** The types of JSON as messages call them. */
const typeWords: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  object: 'a mapping of keys to values',
  array: 'a list',
};

/** A value as messages show it. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
}

/** `Did you mean "x"? `, when one of the known words is near. */
function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(
    word.toLowerCase(),
    known.map((each) => each.toLowerCase()),
  );
  const near = known.find((each) => each.toLowerCase() === best) ?? best;
  return distance(word.toLowerCase(), best) <= Math.max(2, Math.floor(word.length / 3)) ? `Did you mean "${near}"? ` : '';
}

function unknownKey(key: string, inside: string, schema: KnownSchema, path: readonly string[]): Problem {
  const known = Object.keys(schema.properties ?? {}).filter((name) => name !== '$schema');
  return {
    code: 'FARZI_CONFIG_UNKNOWN_KEY',
    message: `The key "${key}"${inside === '' ? '' : ` of ${inside}`} is not known.`,
    hint: known.length === 0 ? 'Leave it out: no keys are known here.' : `${suggestion(key, known)}The known keys are ${known.join(', ')}.`,
    path: [...path, key],
    target: 'key',
  };
}

function missingKey(key: string, inside: string, { properties }: KnownSchema, path: readonly string[]): Problem {
  const property = properties?.[key];
  const what = property?.enum === undefined ? property?.description : `one of ${property.enum.join(', ')}`;
  return {
    code: 'FARZI_CONFIG_INVALID',
    message: `The key "${key}"${inside === '' ? '' : ` of ${inside}`} is missing.`,
    hint: what === undefined ? `Add ${key}.` : `Add ${key}: ${what}.`,
    path,
    target: 'value',
  };
}

function typeHint(name: string, wanted: string, value: unknown, schema: KnownSchema): { readonly hint?: string } {
  if (wanted !== 'object') return {};
  if (typeof value === 'string' && schema.required?.includes('id') === true) return { hint: `Write ${name}: { id: ${value} }.` };
  return value === null ? { hint: `Write ${name}: {} or leave ${name} out.` } : {};
}

function problemOf(error: ErrorObject, base: readonly string[]): Problem {
  const path = [...base, ...pointer(error.instancePath)];
  const name = path.join('.');
  const schema = (error.parentSchema ?? {}) as KnownSchema;
  const value: unknown = error.data;
  const params = error.params as Record<string, unknown>;
  const invalid = (message: string, more: { readonly hint?: string } = {}): Problem => ({
    code: 'FARZI_CONFIG_INVALID',
    message: `${name === '' ? 'The configuration' : `The value of ${name}`} ${message}, but it is ${show(value)}.`,
    path,
    target: 'value',
    ...more,
  });
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(params['additionalProperty']), name, schema, path);
    case 'required':
      return missingKey(String(params['missingProperty']), name, schema, path);
    case 'type': {
      const wanted = [params['type']].flat().map(String);
      const words = wanted.map((type) => typeWords[type] ?? type).join(' or ');
      return invalid(`must be ${words}`, typeHint(path.at(-1) ?? name, wanted.join(), value, schema));
    }
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(String);
      const hint = typeof value === 'string' ? suggestion(value, allowed).trim() : '';
      return invalid(`must be one of ${allowed.join(', ')}`, hint === '' ? {} : { hint });
    }
    case 'const':
      return invalid(`must be ${show(params['allowedValue'])}`);
    case 'uniqueItems':
      return invalid('must hold every item only once');
    default:
      return invalid(error.message?.replace('NOT', 'not') ?? `must keep the rule ${error.keyword}`);
  }
}

function pointer(instancePath: string): string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * Of the errors of alternatives, keeps those of the alternative that was meant, or else one that names all wanted
 * types.
 */
function settleAlternatives(errors: readonly ErrorObject[]): ErrorObject[] {
  const alternatives = errors.find(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  if (alternatives === undefined) return [...errors];
  const { schemaPath, instancePath } = alternatives;
  const inside = (error: ErrorObject): boolean =>
    error.schemaPath.startsWith(`${schemaPath}/`) &&
    (error.instancePath === instancePath || error.instancePath.startsWith(`${instancePath}/`));
  const branches = group(errors.filter(inside), schemaPath);
  const wrongType = (error: ErrorObject): boolean => error.keyword === 'type' && error.instancePath === instancePath;
  const meant = branches.filter((branch) => !branch.some(wrongType));
  const types = branches
    .flat()
    .filter(wrongType)
    .flatMap((error) => [(error.params as { type: string | string[] }).type].flat());
  const combined: ErrorObject =
    types.length === 0 ? alternatives : { ...alternatives, keyword: 'type', params: { type: [...new Set(types)] } };
  const rest = errors.filter((error) => error !== alternatives && !inside(error));
  return [...settleAlternatives(rest), ...(meant.length === 1 ? settleAlternatives(meant[0] ?? []) : [combined])];
}

function group(errors: readonly ErrorObject[], schemaPath: string): ErrorObject[][] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(schemaPath.length + 1).split('/')[0] ?? '';
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  return [...branches.values()];
}

/**
 * What a user is told about values that do not fit a schema: every problem with its place, in the order of the file;
 * the first decides the code.
 *
 * @param errors - from ajv with `verbose` and `allErrors`
 * @param base - path of the validated value
 */
export function optionsError(errors: readonly ErrorObject[], base: readonly string[], where: Locator | undefined): FarziError {
  const problems = settleAlternatives(errors)
    .map((error) => problemOf(error, base))
    .map((problem) => ({ ...problem, location: where?.locate(problem.path, problem.target) }))
    .sort((a, b) => (a.location?.order ?? 0) - (b.location?.order ?? 0));
  const line = ({ message, location }: { message: string; location: Location | undefined }): string =>
    location === undefined ? message : `${location.text}: ${message}`;
  const [first, ...others] = problems;
  if (first === undefined) return new FarziError('FARZI_INTERNAL', 'Options were refused without a reason.');
  if (others.length === 0) return new FarziError(first.code, line(first), first.hint === undefined ? {} : { hint: first.hint });
  return new FarziError(
    first.code,
    problems.map((problem) => `${line(problem)}${problem.hint === undefined ? '' : ` ${problem.hint}`}`).join('\n'),
  );
}
