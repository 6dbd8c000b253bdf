import { encodingProperty } from '../../files/encoding-option.js';
import { wordProperties } from '../options.js';

const fraction = { type: 'number', exclusiveMinimum: 0, maximum: 0.4, default: 0.05 } as const;

/** Options of the `text` dataset. */
export const textSchema = {
  type: 'object',
  properties: {
    path: {
      type: 'string',
      minLength: 1,
      description:
        'A text file, or a folder of them, relative to the configuration file or to a data directory. Decompressed on the fly if it ends in .gz. In a folder each file is a document, by name; one with train.txt, valid.txt and test.txt is used by those names.',
    },
    validation: { type: 'string', minLength: 1, description: 'Validation text, a file or a folder. Default: a part of path.' },
    test: { type: 'string', minLength: 1, description: 'Test text, a file or a folder. Default: a part of path.' },
    validationFraction: {
      ...fraction,
      description: 'Share of the characters for validation, before those for test, where no file is. Default: 0.05.',
    },
    testFraction: { ...fraction, description: 'Share of the characters for test, the last ones, where no file is. Default: 0.05.' },
    pretokenized: {
      type: 'boolean',
      default: false,
      description: 'The text is cut into words already, by white space, and its lines mean something. Default: false.',
    },
    encoding: encodingProperty,
    ...wordProperties,
  },
  required: ['path'],
  additionalProperties: false,
} as const;
