import { noOptions } from '../options/schema.js';
import { done, type ExecutorDefinition } from './executor.js';

/** Does one job after the other in the process that wants them done. */
export const inline: ExecutorDefinition = {
  id: 'inline',
  schema: noOptions,
  remote: false,
  create: (_options, context) => ({
    workers: 1,
    run: (job, help) => done(job, help, context),
    close: () => Promise.resolve(),
  }),
};
