import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { FarziError, isFarziError } from '../errors.js';
import { type Executor, type ExecutorContext, type ExecutorDefinition } from '../executor/executor.js';
import { jobsHere } from '../executor/inline.js';
import type { Job, JobResult, Work } from '../executor/job.js';
import { JobStore } from '../executor/job-store.js';
import { validateOptions } from '../options/validate.js';
import { FolderBlobs, MemoryBlobs } from '../storage/blobs.js';
import { throwIfAborted } from '../training/interruption.js';
import { attempt, check } from './assert.js';

/** What an executor is checked with. */
export interface ExecutorCheckOptions {
  /** The executor's own options; defaults of its schema are filled in. A server that they name has to be there. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Jobs that are asked for at once: more than most have workers. */
const AT_ONCE = 9;

/** How long an executor may take to notice that it is interrupted. */
const PATIENCE_MILLISECONDS = 30_000;

/** What the jobs of the check do: they double a number, or fail. */
class Doubling {
  /** Jobs that were done. */
  count = 0;

  readonly work: Work = ({ kind, numbers }, { signal }) => {
    throwIfAborted(signal);
    this.count += 1;
    const { number = 0 } = numbers;
    if (kind === FAILING) return Promise.reject(new FarziError('FARZI_NON_FINITE', `The number is ${number}.`, { hint: 'Take another.' }));
    return Promise.resolve({ outputs: { double: { tensors: {}, state: 2 * number } }, seconds: number });
  };
}

const DOUBLING = 'doubling';
const FAILING = 'failing';

/**
 * Checks that an executor keeps its contract: many jobs at once, each with its own result in the store; a job that was
 * done is not done again; one that is asked for twice at the same time has one result; a coded error of a job arrives as
 * it was; an interruption is noticed. Jobs are done by the `work` of its context and, where it serves, by a server of
 * this process: one that starts processes of its own has to be checked in a run.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkExecutor(definition: ExecutorDefinition, given: ExecutorCheckOptions = {}): Promise<void> {
  const { id } = definition;
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  await attempt(`${id}: Checking the options`, () => definition.check?.(options));
  const location = definition.store?.(options);
  const store = new JobStore(location === undefined ? new MemoryBlobs() : new FolderBlobs(resolve(location)), location !== undefined);
  const doubling = new Doubling();
  const own = { store, work: doubling.work, worker: 'the check' };
  const context: ExecutorContext = { ...own, processes: undefined, threads: 1, mostWorkers: 1, observer: {} };
  const stop = new AbortController();
  const served = definition.serve?.(options, {
    ...{ store, executor: jobsHere(own), name: 'the check', observer: {} },
    signal: stop.signal,
  });
  served?.catch(() => undefined);
  const executor = await attempt(`${id}: Creating it`, () => definition.create(options, context));
  try {
    await new ExecutorCheck(id, executor, store, doubling).run();
  } finally {
    await attempt(`${id}: Closing it`, () => executor.close());
    stop.abort();
    await attempt(`${id}: Serving`, () => served);
  }
}

class ExecutorCheck {
  /** Nobody has done the jobs of this check before. */
  readonly #nonce = randomUUID();

  constructor(
    private readonly id: string,
    private readonly executor: Executor,
    private readonly store: JobStore,
    private readonly doubling: Doubling,
  ) {}

  async run(): Promise<void> {
    const { executor, id } = this;
    check(Number.isSafeInteger(executor.workers) && executor.workers > 0, `${id}: It says that it has ${executor.workers} workers.`);
    await this.#checkResults();
    await this.#checkError();
    await this.#checkInterruption();
  }

  #job(kind: string, number: number): Job {
    return { kind, inputs: { nonce: this.#nonce }, numbers: { number } };
  }

  #run(job: Job, signal?: AbortSignal): Promise<JobResult> {
    return this.executor.run(job, { observer: {}, ...(signal === undefined ? {} : { signal }) });
  }

  async #checkResults(): Promise<void> {
    const { id, doubling, store } = this;
    const jobs = Array.from({ length: AT_ONCE }, (_, number) => this.#job(DOUBLING, number));
    const results = await attempt(`${id}: Doing ${AT_ONCE} jobs at once`, () => Promise.all(jobs.map((job) => this.#run(job))));
    for (const [number, { outputs, seconds }] of results.entries()) {
      const value = await attempt(`${id}: Reading what came out of a job`, () => store.get(outputs['double'] ?? 'nothing'));
      check(value.state === 2 * number, `${id}: A job gives the result of another: twice ${number} is ${String(value.state)}.`);
      check(seconds === number, `${id}: A job took ${number} s, and it says ${seconds}.`);
    }
    const [first] = jobs as [Job];
    const { count } = doubling;
    const again = await attempt(`${id}: Asking for a job that is done`, () => this.#run(first));
    check(doubling.count === count, `${id}: A job that is done is done again.`);
    check(JSON.stringify(again.outputs) === JSON.stringify(results[0]?.outputs), `${id}: A job that is done has another result.`);
    const twice = this.#job(DOUBLING, AT_ONCE);
    const both = await attempt(`${id}: Asking for a job twice`, () => Promise.all([this.#run(twice), this.#run(twice)]));
    check(both[0].outputs['double'] === both[1].outputs['double'], `${id}: A job that is asked for twice has two results.`);
  }

  async #checkError(): Promise<void> {
    const { id } = this;
    const error = await this.#run(this.#job(FAILING, 7)).catch((caught: unknown) => caught);
    check(isFarziError(error), `${id}: The coded error of a job arrives as ${String(error)}.`);
    const { code, message, hint } = error;
    const whole = code === 'FARZI_NON_FINITE' && message === 'The number is 7.' && hint === 'Take another.';
    check(whole, `${id}: The coded error of a job arrives as ${code} with the message "${message}" and the hint "${hint ?? ''}".`);
  }

  async #checkInterruption(): Promise<void> {
    const { id } = this;
    const run = this.#run(this.#job(DOUBLING, AT_ONCE + 1), AbortSignal.abort()).then(
      () => 'a result',
      (error: unknown) => (isFarziError(error) ? error.code : String(error)),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((done) => (timer = setTimeout(() => done('nothing'), PATIENCE_MILLISECONDS)));
    const found = await Promise.race([run, late]);
    clearTimeout(timer);
    check(found === 'FARZI_INTERRUPTED', `${id}: A job that is interrupted before it begins ends with ${found}.`);
  }
}
