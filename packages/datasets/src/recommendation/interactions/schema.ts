import { encodingProperty } from '../../files/encoding-option.js';
import { licenceProperty } from '../../files/licence-option.js';
import { eventProperties } from '../options.js';
import { formats } from './format.js';

const column = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'integer', minimum: 0 },
  ],
} as const;

/** Options of the `interactions` dataset. */
export const interactionsSchema = {
  type: 'object',
  properties: {
    path: {
      type: 'string',
      minLength: 1,
      description: 'The file, relative to the configuration file or to a data directory. Decompressed on the fly if it ends in .gz.',
    },
    format: {
      type: 'string',
      enum: formats,
      description:
        'csv and tsv: one event a line. inter: the same with tabs and a header of typed names, as RecBole writes it. sequences: one user a line, `user item item ...` in time order. Default: by the extension.',
    },
    delimiter: {
      type: 'string',
      minLength: 1,
      description: 'What separates fields. Default: a comma for csv, a tab for tsv and inter, any blanks for sequences.',
    },
    header: {
      type: 'boolean',
      default: true,
      description: 'Whether the first line names the columns. Sequences have no header and ignore this. Default: true.',
    },
    encoding: encodingProperty,
    columns: {
      type: 'object',
      properties: {
        user: { ...column, description: 'Column with the user, by name or 0-based index.' },
        item: { ...column, description: 'Column with the item, by name or 0-based index.' },
        timestamp: {
          ...column,
          description: 'Column with the time, any number that grows with it. Default: none, the order of the file is the order in time.',
        },
      },
      required: ['user', 'item'],
      additionalProperties: false,
      description:
        'Which columns to read. Default: those with the usual names (user_id, item_id, timestamp and their like) in the header. Sequences ignore this.',
    },
    licence: licenceProperty,
    ...eventProperties,
  },
  required: ['path'],
  additionalProperties: false,
} as const;
