import { encodings } from './checked-bytes.js';

/** Option of datasets that read files of the user's. */
export const encodingProperty = {
  type: 'string',
  enum: encodings,
  default: 'utf8',
  description:
    'What the bytes of the file mean. utf8: a byte that is not UTF-8 is refused with its place. latin1: ISO 8859-1, one byte a character. Default: utf8.',
} as const;
