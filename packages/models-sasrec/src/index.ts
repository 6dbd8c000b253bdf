/**
 * SASRec, a self-attentive sequential recommender.
 *
 * @module @farzi/models-sasrec
 */

import { definePlugin } from '@farzi/core';
import { sasrec } from './sasrec.js';

export { sasrec, sasrecSchema } from './sasrec.js';

export default definePlugin({ name: '@farzi/models-sasrec', core: '>=0.1.0 <1.0.0', models: [sasrec] });
