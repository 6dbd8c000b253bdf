/**
 * Datasets of recommendation and language, their readers and tokenizers.
 *
 * @module @farzi/datasets
 */

import { definePlugin } from '@farzi/core';
import { mobyDick, pennTreebank, tinyShakespeare, wikitext2 } from './language/published/datasets.js';
import { text } from './language/text/dataset.js';
import { interactions } from './recommendation/interactions/dataset.js';
import { movielens100k, movielens1m, movielensLatestSmall, movielensSmall2016 } from './recommendation/movielens/datasets.js';

export { interactions, movielens100k, movielens1m, movielensLatestSmall, movielensSmall2016 };
export { mobyDick, pennTreebank, text, tinyShakespeare, wikitext2 };

/** Recommendation and language datasets. */
export default definePlugin({
  name: '@farzi/datasets',
  core: '>=0.1.0 <1.0.0',
  datasets: [
    ...[movielensSmall2016, movielens100k, movielens1m, movielensLatestSmall, interactions],
    ...[mobyDick, pennTreebank, wikitext2, tinyShakespeare, text],
  ],
});
