import { extname } from 'node:path';
import { FarziError } from '@farzi/core';
import { isGzip } from '../../files/bytes.js';

/** File formats with events. `sequences` has one user a line, the others one event. */
export const formats = ['csv', 'tsv', 'inter', 'sequences'] as const;

/** One of {@link formats}. */
export type Format = (typeof formats)[number];

/**
 * The format that a file's extension stands for, with or without `.gz` behind it.
 * `.txt` and `.dat` stand for none: both kinds of layout are published under them.
 * @throws FARZI_CONFIG_INVALID
 */
export function guessFormat(path: string): Format {
  const extension = extname(isGzip(path) ? path.slice(0, -3) : path).toLowerCase();
  const format = formats.find((name) => extension === `.${name}`);
  if (format !== undefined) return format;
  throw new FarziError('FARZI_CONFIG_INVALID', `Cannot tell the format of ${path} from its name.`, {
    hint: `Set format to one of ${formats.join(', ')}. Lines of \`user item item ...\` are sequences; lines with one event are csv, or tsv with tabs.`,
  });
}

/** What separates fields unless the user says otherwise. */
export const defaultDelimiters: Readonly<Record<Exclude<Format, 'sequences'>, string>> = { csv: ',', tsv: '\t', inter: '\t' };
