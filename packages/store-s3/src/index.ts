/**
 * Values of jobs in S3-compatible storage.
 *
 * @module @farzi/store-s3
 */

import { definePlugin } from '@farzi/core';
import { s3 } from './s3.js';

export { s3 } from './s3.js';

export default definePlugin({ name: '@farzi/store-s3', core: '>=0.1.0 <1.0.0', stores: [s3] });
