import { parseDocument } from 'yaml';
import { FarziError, reasonOf } from '../errors.js';
import { writtenOut } from './aliases.js';
import { slotAt } from './contributions.js';

/** One `--set a.b=1`. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As it was given but for passwords, for messages. */
  readonly text: string;
}

/** What somebody wrote, for messages: what is before the host of a URL is nobody's business. */
export const withoutPasswords = (text: string): string => text.replace(/:\/\/[^\s'",}]*@/g, '://...@');

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/**
 * Reads `a.b=value`; the value is YAML.
 *
 * @throws FARZI_USAGE
 */
export function parseOverride(given: string): Override {
  const text = withoutPasswords(given);
  const equals = given.indexOf('=');
  const path = given.slice(0, Math.max(0, equals)).trim().split('.');
  if (equals < 1 || path.includes('')) {
    throw new FarziError('FARZI_USAGE', `--set ${text}: It is not of the form key=value.`, {
      hint: 'Write for example --set synthetic.sequences=50; keys inside each other are joined with dots.',
    });
  }
  const document = parseDocument(given.slice(equals + 1), { prettyErrors: false });
  const refuse = (problem: string): FarziError =>
    new FarziError('FARZI_USAGE', `--set ${text}: The value is not valid YAML: ${reasonOf(problem)}.`, {
      hint: `Quote a value with special characters, as in --set '${path.join('.')}="a: b"'.`,
    });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw refuse(problem.message);
  return { path, value: writtenOut(document, refuse), text };
}

/**
 * Sets an override's value inside a configuration, making objects on the way where there is nothing yet (lists, for the
 * key 0). A contribution that gets another id loses the options of the one before.
 *
 * @throws FARZI_USAGE when something that is not an object is on the way
 */
export function applyOverride(root: Record<string, unknown>, { path, value, text }: Override): void {
  listModelAsStudent(root, path);
  let container: Container = root;
  for (const [depth, key] of path.entries()) {
    const here = path.slice(0, depth).join('.');
    if (Array.isArray(container) && !(/^\d+$/.test(key) && Number(key) <= container.length)) {
      throw new FarziError(
        'FARZI_USAGE',
        `--set ${text}: The value of ${here} is a list of ${container.length}, which has no item ${key}.`,
        {
          hint: `Count items from 0, or add one with ${here}.${container.length}.`,
        },
      );
    }
    const last = depth === path.length - 1;
    const next: unknown = last ? value : (child(container, key) ?? (path[depth + 1] === '0' ? [] : {}));
    if (last && key === 'id') dropOptionsOfAnother(container, path.slice(0, -1), value);
    // Never by assignment: a key may be __proto__.
    Object.defineProperty(container, key, { value: next, writable: true, enumerable: true, configurable: true });
    if (last) return;
    if (!isContainer(next)) {
      throw new FarziError(
        'FARZI_USAGE',
        `--set ${text}: The value of ${path.slice(0, depth + 1).join('.')} is ${JSON.stringify(next)}, which has no keys.`,
      );
    }
    container = next;
  }
}

/** The model is the student where none are listed: `students.1.id` adds one to it. */
function listModelAsStudent(root: Record<string, unknown>, [section, place]: readonly string[]): void {
  const added = section === 'students' && place !== undefined && /^[1-9]\d*$/.test(place);
  if (added && root['students'] === undefined && isContainer(root['model'])) root['students'] = [structuredClone(root['model'])];
}

/** Options belong to the id before, which is the usual one where none is written. */
function dropOptionsOfAnother(container: Container, path: readonly string[], id: unknown): void {
  const slot = slotAt(path);
  if (slot === undefined || (child(container, 'id') ?? slot.default?.id) === id) return;
  for (const option of Object.keys(container)) Reflect.deleteProperty(container, option);
}

function child(container: Container, key: string): unknown {
  return Object.hasOwn(container, key) ? (container as Record<string, unknown>)[key] : undefined;
}
