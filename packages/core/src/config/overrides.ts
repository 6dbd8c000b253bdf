import { parseDocument } from 'yaml';
import { FarziError } from '../errors.js';
import { writtenOut } from './aliases.js';
import { slotAt } from './contributions.js';

/** One `--set a.b=1`. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As it was given, for messages. */
  readonly text: string;
}

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/**
 * Reads `a.b=value`; the value is YAML.
 *
 * @throws FARZI_USAGE
 */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).trim().split('.');
  if (equals < 1 || path.includes('')) {
    throw new FarziError('FARZI_USAGE', `--set ${text}: this is not of the form key=value`, {
      hint: 'Write for example --set synthetic.sequences=50; keys inside each other are joined with dots.',
    });
  }
  const document = parseDocument(text.slice(equals + 1), { prettyErrors: false });
  const refuse = (problem: string): FarziError =>
    new FarziError('FARZI_USAGE', `--set ${text}: the value is not valid YAML: ${problem}`, {
      hint: `Values are YAML: quote one with special characters, as in --set '${path.join('.')}="a: b"'.`,
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
  let container: Container = root;
  for (const [depth, key] of path.entries()) {
    const here = path.slice(0, depth).join('.');
    if (Array.isArray(container) && !(/^\d+$/.test(key) && Number(key) <= container.length)) {
      throw new FarziError('FARZI_USAGE', `--set ${text}: ${here} is a list of ${container.length}, which has no item ${key}`, {
        hint: `Items are counted from 0; ${here}.${container.length} adds one.`,
      });
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
        `--set ${text}: ${path.slice(0, depth + 1).join('.')} is ${JSON.stringify(next)}, which has no keys`,
      );
    }
    container = next;
  }
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
