import { describe, expect, it } from 'vitest';
import { done, type Executor, type ExecutorContext, type ExecutorDefinition } from '../executor/executor.js';
import { inline } from '../executor/inline.js';
import { noOptions } from '../options/schema.js';
import { checkExecutor } from './executor.js';

/** An executor that does jobs here, but for what is changed about it. */
const changed = (change: (context: ExecutorContext, usual: Executor) => Partial<Executor>): ExecutorDefinition => ({
  id: 'odd',
  schema: noOptions,
  remote: false,
  create: (_options, context) => {
    const usual: Executor = { workers: 1, run: (job, help) => done(job, help, context), close: () => Promise.resolve() };
    return { ...usual, ...change(context, usual) };
  },
});

it('inline keeps the contract of an executor', async () => {
  await expect(checkExecutor(inline)).resolves.toBeUndefined();
});

describe('checkExecutor finds an executor', () => {
  it.each<[string, ExecutorDefinition, string | RegExp]>([
    ['without workers', changed(() => ({ workers: 0 })), 'odd: It says that it has 0 workers.'],
    [
      'that does a job again',
      changed(({ work, store, worker }) => ({
        run: async (job, help) => {
          const { outputs, seconds } = await work(job, help);
          return { outputs: { double: await store.put(outputs['double'] ?? { tensors: {}, state: 0 }) }, seconds, worker };
        },
      })),
      'odd: A job that is done is done again.',
    ],
    [
      'that mixes jobs up',
      changed((_context, usual) => {
        let first: ReturnType<Executor['run']> | undefined;
        return { run: (job, help) => (first ??= usual.run(job, help)) };
      }),
      'odd: A job gives the result of another: twice 1 is 0.',
    ],
    [
      'that loses the codes of errors',
      changed((_context, usual) => ({
        run: (job, help) => usual.run(job, help).catch((error: unknown) => Promise.reject(new Error(String(error)))),
      })),
      /^odd: The coded error of a job arrives as Error: /,
    ],
    [
      'that cannot be interrupted',
      changed((_context, usual) => ({ run: (job) => usual.run(job, { observer: {} }) })),
      'odd: A job that is interrupted before it begins ends with a result.',
    ],
    ['that cannot be closed', changed(() => ({ close: () => Promise.reject(new Error('stuck')) })), 'odd: Closing it throws stuck.'],
  ])('%s', async (_what, definition, message) => {
    await expect(checkExecutor(definition)).rejects.toMatchObject({
      name: 'ConformanceError',
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    });
  });
});
