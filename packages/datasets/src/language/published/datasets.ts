import { join } from 'node:path';
import { defineDataset, type DatasetContext } from '@farzi/core';
import { cacheDirectory } from '../../files/cache-directory.js';
import { packageRoot } from '../../files/package-root.js';
import { characterProperties, wordProperties, type TextOptions } from '../options.js';
import { restoreTokenizer } from '../tokenizers/tokenizer.js';
import type { DownloadedCorpus } from './edition.js';
import { mobyDickCorpus, ptb, shakespeare, wikitext2Corpus } from './editions.js';
import { loadBundled, loadPublished } from './load.js';

const wordSchema = { type: 'object', properties: wordProperties, additionalProperties: false } as const;
const characterSchema = { type: 'object', properties: characterProperties, additionalProperties: false } as const;

/** What datasets that are fetched from their publishers have in common. */
function downloaded(corpus: DownloadedCorpus) {
  return {
    id: corpus.id,
    task: 'language',
    load: (options: TextOptions, context: DatasetContext) => loadPublished(corpus, cacheDirectory(process.env), options, context),
    restoreTokenizer,
  } as const;
}

/** Penn Treebank: 929,589 training tokens with `<eos>`, 10,000 words. */
export const pennTreebank = defineDataset({ ...downloaded(ptb), schema: wordSchema });

/** WikiText-2: 2,088,628 training tokens with `<eos>`, 33,278 words. */
export const wikitext2 = defineDataset({ ...downloaded(wikitext2Corpus), schema: wordSchema });

/** 1,115,394 characters of Shakespeare's plays. */
export const tinyShakespeare = defineDataset({ ...downloaded(shakespeare), schema: characterSchema });

/** 212,678 words of Melville's novel; ships with the package, so it needs no network. */
export const mobyDick = defineDataset({
  id: mobyDickCorpus.id,
  task: 'language',
  schema: wordSchema,
  load: (options, context) => loadBundled(mobyDickCorpus, join(packageRoot(import.meta.url), 'data', mobyDickCorpus.id), options, context),
  restoreTokenizer,
});
