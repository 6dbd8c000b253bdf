import { createHash } from 'node:crypto';
import { parse } from 'yaml';

/** A path of the configuration and the value that a member has there. */
export interface Assignment {
  readonly path: string;
  readonly value: unknown;
}

/** What tells values apart. */
export const valueKey = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** Names of folders are cut here: file systems take 255 bytes. */
const LONGEST = 120;

/** No capitals: file systems that ignore them would mix members up. */
const PLAIN = /^[a-z\d_.+-]*[a-z\d_+-]$/;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

const safe = (text: string): string => text.replace(/[^\w.+-]+/g, '-').replace(/^-+|[-.]+$/g, '');

/** A value as a user would write it. */
export function valueText(value: unknown): string {
  return typeof value === 'string' && value !== '' && !/[\s,]/.test(value) && isWord(value) ? value : valueKey(value);
}

/** Whether YAML reads a text as itself: `yes it is`, but not `true` or `10`. */
function isWord(text: string): boolean {
  try {
    return parse(text, { logLevel: 'error' }) === text;
  } catch {
    return false;
  }
}

/** What a member is, for people: `synthetic.sequences=5, seed=1`. */
export const titleOf = (assignments: readonly Assignment[]): string =>
  assignments.map(({ path, value }) => `${path}=${valueText(value)}`).join(', ');

/**
 * What a member's folder is called: `synthetic.sequences=5,seed=1`. It depends on nothing but the member's own values,
 * so that a sweep may get more members; what a name cannot hold stands for itself by a hash.
 */
export function folderName(assignments: readonly Assignment[]): string {
  const name = assignments.map(({ path, value }) => `${pathPart(path)}=${valuePart(value)}`).join(',');
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST)}-${hashOf(name)}`;
}

const pathPart = (path: string): string => (/^[\w.-]+$/.test(path) ? path : `${safe(path)}-${hashOf(path)}`);

function valuePart(value: unknown): string {
  const text = valueText(value);
  if (PLAIN.test(text)) return text;
  return [safe(text).slice(0, 40), hashOf(valueKey(value))].filter((part) => part !== '').join('-');
}
