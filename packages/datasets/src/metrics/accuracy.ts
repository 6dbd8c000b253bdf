import { defineMetric } from '@farzi/core';
import { shareAmongFirst } from './top-k.js';

/** Next-token accuracy@k: the share of tokens ranked among the first k of the vocabulary. `accuracy@1` is the share predicted right. */
export const accuracy = defineMetric({
  id: 'accuracy',
  tasks: ['language'],
  cutoff: 'required',
  smallerIsBetter: false,
  start: shareAmongFirst,
});
