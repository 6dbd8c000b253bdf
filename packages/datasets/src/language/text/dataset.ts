import { basename } from 'node:path';
import { defineDataset } from '@farzi/core';
import { prepare } from '../prepare.js';
import { restoreTokenizer } from '../tokenizers/tokenizer.js';
import { readCorpus } from './corpus.js';
import { textSchema } from './schema.js';

/** Text of the user's: a file, or a folder of them. */
export const text = defineDataset({
  id: 'text',
  task: 'language',
  schema: textSchema,
  load: async (options, context) => {
    const { corpus, ...found } = await readCorpus(options, context);
    return prepare(corpus, { id: 'text', name: basename(found.path), isPretokenized: options.pretokenized, ...found }, options);
  },
  restoreTokenizer,
});
