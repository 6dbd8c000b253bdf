import { partWorkerOf } from '../distill/distill.js';
import type { PartWorker } from '../distill/elsewhere.js';
import type { Done, Job } from '../executor/job.js';
import { distillRequestOf } from './distill-request.js';
import { basisFrom, inputOf } from './job-inputs.js';
import { JobParts, type Workshop } from './job-parts.js';

/** Kind of the job that does a part of the outer loop. */
export const PART = 'part';

/** Does parts of the outer loop. Those of one distillation follow each other: what they are done with is kept. */
export class PartJobs {
  #distillation: { readonly name: string; readonly worker: PartWorker } | undefined;

  constructor(private readonly workshop: Workshop) {}

  async run(job: Job): Promise<Done> {
    const part = await this.workshop.store.get(inputOf(job, 'part'));
    const worker = await this.#workerOf(job);
    const started = performance.now();
    const answer = await worker.run(part);
    return { outputs: { part: answer }, seconds: (performance.now() - started) / 1000 };
  }

  async #workerOf(job: Job): Promise<PartWorker> {
    const name = ['settings', 'data', 'basis'].map((input) => inputOf(job, input)).join(' ');
    if (this.#distillation?.name === name) return this.#distillation.worker;
    const last = this.#distillation;
    this.#distillation = undefined;
    await last?.worker.dispose();
    const { store, engine } = this.workshop;
    const { experiment, dataset } = await JobParts.of(job, this.workshop);
    const worker = partWorkerOf(distillRequestOf({ experiment, dataset }), engine, basisFrom(await store.get(inputOf(job, 'basis'))));
    this.#distillation = { name, worker };
    return worker;
  }
}
