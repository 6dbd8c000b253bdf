import { noOptions } from '../options/schema.js';
import { done, type Executor, type ExecutorContext, type ExecutorDefinition } from './executor.js';

/** Does one job after the other in this process. */
export const jobsHere = (context: Pick<ExecutorContext, 'store' | 'work' | 'worker'>): Executor => ({
  workers: 1,
  run: (job, help) => done(job, help, context),
  close: () => Promise.resolve(),
});

/** Does one job after the other in the process that wants them done. */
export const inline: ExecutorDefinition = {
  id: 'inline',
  schema: noOptions,
  remote: false,
  create: (_options, context) => jobsHere(context),
};
