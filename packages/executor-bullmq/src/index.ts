/**
 * Jobs on many machines, handed out by a queue in Redis or PostgreSQL.
 *
 * @module @farzi/executor-bullmq
 */

import { definePlugin } from '@farzi/core';
import { bullmq } from './bullmq.js';

export { bullmq } from './bullmq.js';

export default definePlugin({ name: '@farzi/executor-bullmq', core: '>=0.1.0 <1.0.0', executors: [bullmq] });
