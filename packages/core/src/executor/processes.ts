import { availableParallelism } from 'node:os';
import { FarziError, reasonOf } from '../errors.js';
import type { Options } from '../options/schema.js';
import { throwIfAborted } from '../training/interruption.js';
import type { Executor, ExecutorContext, ExecutorDefinition } from './executor.js';
import { inline } from './inline.js';
import type { Job, JobHelp, JobResult } from './job.js';
import { AskedProcess } from './asked-process.js';
import { type Answer, receivedError } from './messages.js';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    workers: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'processes that work at the same time, at most one per core; 0: one per thread, as far as they fit into memory, and none if that is one',
    },
  },
} as const;

/** How often a job is begun whose process ends before it does. */
const ATTEMPTS = 3;

/** What a process is asked to do. */
export interface JobRequest {
  readonly job: Job;
  /** With what, the same for all jobs of an executor. */
  readonly setup: unknown;
  /** Where the plugins are, for the process's own module. */
  readonly plugins: unknown;
}

type JobProcess = AskedProcess<JobRequest, JobResult>;

/** Does jobs in processes of this machine, several at the same time. */
class Processes implements Executor {
  readonly #idle: JobProcess[] = [];
  /** Jobs that wait until others are done, the first in front. */
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  readonly #all = new Set<JobProcess>();

  constructor(
    readonly workers: number,
    private readonly context: ExecutorContext,
    private readonly plan: NonNullable<ExecutorContext['processes']>,
  ) {}

  async run(job: Job, { signal }: JobHelp): Promise<JobResult> {
    if (this.#busy < this.workers) this.#busy += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#run(job, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  async #run(job: Job, signal: AbortSignal | undefined): Promise<JobResult> {
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      let answer: Answer<JobResult>;
      try {
        answer = await this.#ask(job, signal);
      } catch (cause) {
        if (attempt === ATTEMPTS) {
          throw new FarziError(
            'FARZI_JOB_FAILED',
            `The job (${job.kind}) was begun ${ATTEMPTS} times, and its process was lost each time: ${reasonOf(cause)}.`,
            {
              hint: 'Where memory is short, fewer processes take less: --set executor.workers=1, or --executor inline.',
              cause,
            },
          );
        }
        this.context.observer.onNote?.(
          `A process was lost that worked on a job (${job.kind}): ${reasonOf(cause)}. The job is begun again.`,
        );
        continue;
      }
      if ('error' in answer) throw receivedError(answer.error);
      return answer.result;
    }
  }

  async #ask(job: Job, signal: AbortSignal | undefined): Promise<Answer<JobResult>> {
    const { plugins, setup, module } = this.plan;
    const request: JobRequest = { job, plugins, setup: setup(Math.max(1, Math.floor(this.context.threads / this.workers))) };
    // one that ended while it was idle is not asked
    let worker = this.#idle.pop();
    while (worker?.alive === false) worker = this.#idle.pop();
    worker ??= new AskedProcess(module);
    this.#all.add(worker);
    try {
      const answer = await worker.ask(request, { signal });
      this.#idle.push(worker);
      return answer;
    } catch (error) {
      this.#all.delete(worker);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.close()));
    this.#all.clear();
    this.#idle.length = 0;
  }
}

const moreThanCores = (workers: number, cores: number): string =>
  `The option executor.workers is ${workers}, and as many processes as this machine has cores work at the same time: ${cores}.`;

/** Jobs in processes of this machine. */
export const processes: ExecutorDefinition<Options<typeof schema>> = {
  id: 'processes',
  schema,
  remote: true,
  create: ({ workers }, context) => {
    if (context.processes === undefined) {
      throw new FarziError(
        'FARZI_CONFIG_INVALID',
        'The executor processes cannot be used here: nothing says how a process finds the plugins.',
        {
          hint: 'Give runExperiment a processPlan, or take the executor inline.',
        },
      );
    }
    if (workers > context.mostWorkers) {
      throw new FarziError(
        'FARZI_MEMORY_LIMIT',
        `The option executor.workers is ${workers}, and ${context.mostWorkers} such processes are expected to fit into memory.`,
        { hint: 'Lower it, or leave it out: as many are started as fit. Where you know better, set memoryLimit to more MB.' },
      );
    }
    const cores = availableParallelism();
    const fitting = Math.max(1, Math.min(cores, context.threads, context.mostWorkers));
    // one process beside this one, which would wait for it, is no faster
    if (workers === 0 && fitting === 1) return inline.create(undefined as never, context);
    if (workers > cores) context.observer.onNote?.(moreThanCores(workers, cores));
    // each compiles its programs for itself: with more than the cores, less is done in the same time
    return new Processes(workers === 0 ? fitting : Math.min(workers, cores), context, context.processes);
  },
};
