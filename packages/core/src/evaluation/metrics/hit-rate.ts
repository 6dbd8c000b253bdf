import type { MetricDefinition } from '../metric.js';
import { shareAmongFirst } from './top-k.js';

/** HR@k: the share of targets ranked among the first k. With one target a user it is Recall@k too. */
export const hitRate: MetricDefinition = {
  id: 'hr',
  tasks: ['recommendation'],
  cutoff: 'required',
  smallerIsBetter: false,
  start: shareAmongFirst,
};
