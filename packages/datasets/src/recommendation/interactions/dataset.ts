import { basename } from 'node:path';
import { defineDataset } from '@farzi/core';
import { locate } from '../../files/locate.js';
import { prepare } from '../prepare.js';
import { readDelimited } from '../readers/delimited.js';
import { readSequences } from '../readers/sequences.js';
import { defaultDelimiters, guessFormat } from './format.js';
import { interactionsSchema } from './schema.js';

/** Events from a file of the user's: CSV, TSV, RecBole's `.inter`, or one sequence a line. */
export const interactions = defineDataset({
  id: 'interactions',
  task: 'recommendation',
  schema: interactionsSchema,
  load: async (options, context) => {
    const path = await locate(options.path, context);
    const format = options.format ?? guessFormat(path);
    context.progress(`Reading ${path}`);
    const { log, timed } =
      format === 'sequences'
        ? { log: await readSequences(path, options, context.signal), timed: false }
        : await readDelimited(
            path,
            // A quote in a tab-separated file is an ordinary character: such files are written without quoting.
            {
              delimiter: options.delimiter ?? defaultDelimiters[format],
              quoted: format === 'csv',
              encoding: options.encoding,
              header: options.header,
              typedHeader: format === 'inter',
              columns: options.columns,
            },
            context.signal,
          );
    return prepare(log, { id: 'interactions', path, name: basename(path), timed }, options);
  },
});
