import { definePlugin } from '@farzi/core';
import { hitRate } from './metrics/hit-rate.js';
import { meanReciprocalRank } from './metrics/mrr.js';
import { ndcg } from './metrics/ndcg.js';
import { interactions } from './recommendation/interactions/dataset.js';
import { movielens100k, movielens1m, movielensLatestSmall, movielensSmall2016 } from './recommendation/movielens/datasets.js';

export { hitRate, interactions, meanReciprocalRank, movielens100k, movielens1m, movielensLatestSmall, movielensSmall2016, ndcg };

/** Recommendation datasets and the metrics they are judged by. */
export default definePlugin({
  name: '@farzi/datasets',
  core: '^0.1.0',
  datasets: [movielensSmall2016, movielens100k, movielens1m, movielensLatestSmall, interactions],
  metrics: [hitRate, ndcg, meanReciprocalRank],
});
