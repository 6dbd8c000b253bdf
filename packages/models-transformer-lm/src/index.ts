/**
 * A decoder-only Transformer language model.
 *
 * @module @farzi/models-transformer-lm
 */

import { definePlugin } from '@farzi/core';
import { transformerLm } from './transformer-lm.js';

export { transformerLm, transformerLmSchema } from './transformer-lm.js';

export default definePlugin({ name: '@farzi/models-transformer-lm', core: '>=0.1.0 <1.0.0', models: [transformerLm] });
