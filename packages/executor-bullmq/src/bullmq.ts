import { defineExecutor } from '@farzi/core';
import { addressOf } from './address.js';
import { optionsSchema } from './options.js';

/** Jobs that a queue in Redis or PostgreSQL hands out to workers on other machines. */
export const bullmq = defineExecutor({
  id: 'bullmq',
  schema: optionsSchema,
  remote: true,
  check: (options) => void addressOf(options),
  store: ({ store }) => store,
  // the client is loaded by those who use it
  create: async (options, context) => (await import('./coordinator.js')).openCoordinator(options, context),
  serve: async (options, context) => (await import('./worker.js')).serve(options, context),
});
