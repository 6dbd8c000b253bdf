import { definePlugin } from '@farzi/core';
import { mobyDick, pennTreebank, tinyShakespeare, wikitext2 } from './language/published/datasets.js';
import { text } from './language/text/dataset.js';
import { accuracy } from './metrics/accuracy.js';
import { bitsPerCharacter } from './metrics/bits-per-character.js';
import { hitRate } from './metrics/hit-rate.js';
import { meanReciprocalRank } from './metrics/mrr.js';
import { ndcg } from './metrics/ndcg.js';
import { perplexity } from './metrics/perplexity.js';
import { interactions } from './recommendation/interactions/dataset.js';
import { movielens100k, movielens1m, movielensLatestSmall, movielensSmall2016 } from './recommendation/movielens/datasets.js';

export { interactions, movielens100k, movielens1m, movielensLatestSmall, movielensSmall2016 };
export { mobyDick, pennTreebank, text, tinyShakespeare, wikitext2 };
export { accuracy, bitsPerCharacter, hitRate, meanReciprocalRank, ndcg, perplexity };

/** Recommendation and language datasets, and the metrics they are judged by. */
export default definePlugin({
  name: '@farzi/datasets',
  core: '^0.1.0',
  datasets: [
    ...[movielensSmall2016, movielens100k, movielens1m, movielensLatestSmall, interactions],
    ...[mobyDick, pennTreebank, wikitext2, tinyShakespeare, text],
  ],
  metrics: [hitRate, ndcg, meanReciprocalRank, perplexity, accuracy, bitsPerCharacter],
});
