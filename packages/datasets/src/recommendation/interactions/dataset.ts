import { basename } from 'node:path';
import { defineDataset } from '@farzi/core';
import { firstExisting, notFound, placesOf } from '../../files/locate.js';
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
    const places = placesOf(options.path, context);
    const path = await firstExisting(places);
    if (path === undefined)
      throw notFound(
        options.path,
        places,
        'Give a path relative to the configuration file, or name the folder that holds it with --data-dir or FARZI_DATA_HOME.',
      );
    const format = options.format ?? guessFormat(path);
    context.progress(`Reading ${path}`);
    const { log, timed } =
      format === 'sequences'
        ? { log: await readSequences(path, options.delimiter, context.signal), timed: false }
        : await readDelimited(
            path,
            // A quote in a tab-separated file is an ordinary character: such files are written without quoting.
            {
              delimiter: options.delimiter ?? defaultDelimiters[format],
              quoted: format === 'csv',
              header: options.header,
              typedHeader: format === 'inter',
              columns: options.columns,
            },
            context.signal,
          );
    return prepare(log, { id: 'interactions', path, name: basename(path), timed }, options);
  },
});
