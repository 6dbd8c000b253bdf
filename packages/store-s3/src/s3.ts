import { defineStore } from '@farzi/core';
import { placeOf } from './address.js';

/** Values of jobs in S3-compatible storage, at addresses such as `s3://bucket/prefix`. */
export const s3 = defineStore({
  id: 's3',
  check: (address) => void placeOf(address),
  // the client is loaded by those who use it
  reach: async (address) => (await import('./blobs.js')).reach(placeOf(address)),
  open: async (address) => new (await import('./blobs.js')).S3Blobs(placeOf(address)),
});
