/**
 * What a run measures, as TensorBoard reads it.
 *
 * @module @farzi/reporter-tensorboard
 */

import { definePlugin } from '@farzi/core';
import { tensorboard } from './tensorboard.js';

export { tensorboard } from './tensorboard.js';

export default definePlugin({ name: '@farzi/reporter-tensorboard', core: '>=0.1.0 <1.0.0', reporters: [tensorboard] });
