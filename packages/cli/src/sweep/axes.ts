import { FarziError } from '@farzi/core';
import { parse } from 'yaml';
import { valueKey } from './names.js';

/** A path of the configuration, and the values that it has one after the other. */
export interface Axis {
  readonly path: string;
  readonly values: readonly unknown[];
}

/**
 * Reads `--sweep a.b=1,5,10`: the values are those of a list in YAML.
 *
 * @throws FARZI_USAGE
 */
export function axesOf(texts: readonly string[]): Axis[] {
  const axes = texts.map(axisOf);
  const twice = axes.find(({ path }, index) => axes.findIndex((other) => other.path === path) !== index);
  if (twice !== undefined) {
    throw new FarziError('FARZI_USAGE', `--sweep ${twice.path}: The path is given twice.`, {
      hint: `Give it once, with all values and commas between them: --sweep ${twice.path}=1,2.`,
    });
  }
  return axes;
}

function axisOf(text: string): Axis {
  const refuse = (problem: string, hint: string): FarziError => {
    const message = `--sweep ${text}: ${problem}`;
    return new FarziError('FARZI_USAGE', message, { hint });
  };
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).trim();
  if (path === '') {
    throw refuse(
      'It is not of the form key=value,value.',
      'Write for example --sweep synthetic.sequences=1,5,10; keys inside each other are joined with dots.',
    );
  }
  const values = listIn(text.slice(equals + 1));
  if (values === undefined) {
    throw refuse(
      'The values are not those of a list in YAML.',
      `Put commas between values and quotes around special characters, as in --sweep '${path}="a: b",c'.`,
    );
  }
  if (values.length === 0) throw refuse('There are no values.', `Give at least one: --sweep ${path}=1,2.`);
  const keys = values.map(valueKey);
  const again = keys.find((key, index) => keys.indexOf(key) !== index);
  if (again !== undefined)
    throw refuse(`The value ${again} is given twice.`, 'Leave one of them out: each value makes members of its own.');
  return { path, values };
}

function listIn(text: string): unknown[] | undefined {
  try {
    const values: unknown = parse(`[${text}]`, { prettyErrors: false, logLevel: 'error' });
    return Array.isArray(values) ? values : undefined;
  } catch {
    return undefined;
  }
}
