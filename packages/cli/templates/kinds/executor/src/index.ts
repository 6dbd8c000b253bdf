import { defineExecutor, definePlugin, done, type JobResult } from '@farzi/core';

/** Does jobs in this process, as they come, and says when one took long. */
export const myContribution = defineExecutor({
  id: 'my-contribution',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { patience: { type: 'number', minimum: 0, default: 60, description: 'seconds after which a job took long' } },
  },
  // jobs are done here, and need not be found again from the store alone
  remote: false,
  create: ({ patience }, context) => {
    // one after the other: each waits for the one before it, however that ended
    let last: Promise<unknown> = Promise.resolve();
    return {
      workers: 1,
      run: (job, help): Promise<JobResult> => {
        const result = last.then(() => done(job, help, context));
        last = result.then(
          ({ seconds }) => {
            if (seconds > patience) context.observer.onNote?.(`The job ${job.kind} took ${seconds.toFixed(0)} s.`);
          },
          () => undefined,
        );
        return result;
      },
      close: async () => {
        await last;
      },
    };
  },
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', executors: [myContribution] });
