import { FarziError } from '../errors.js';
import type { writeWhole as writeWholeOfNode } from './write-whole.js';

/** A page has no files. */
export const writeWhole: typeof writeWholeOfNode = (file) =>
  Promise.reject(
    new FarziError('FARZI_FILE_SYSTEM', `Cannot write ${file}: a page has no files.`, {
      hint: 'Take the bytes that encodeSynthetic and encodeStudent give, and offer them for download.',
    }),
  );
