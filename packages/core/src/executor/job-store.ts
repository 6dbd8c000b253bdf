import { FarziError } from '../errors.js';
import type { BlobStore } from '../storage/blobs.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../storage/checkpoint-bytes.js';
import { sha256 } from '../storage/sha256.js';
import type { JobResult } from './job.js';

/** What every value that is named by its own hash is called inside. */
const VALUE = 'value';

const resultName = (id: string): string => `${id}.json`;

/** Inputs, outputs and results of jobs: all that whoever does a job and whoever wants it done have in common. */
export class JobStore {
  /** @param shared - whether other runs use it, too, which may want what this one no longer needs */
  constructor(
    private readonly blobs: BlobStore,
    private readonly shared = false,
  ) {}

  /** The same store, for values that nobody but one run has: it may let go of them whoever uses the others. */
  ofOne(): JobStore {
    return new JobStore(this.blobs);
  }

  /**
   * Keeps a value, and gives the name that it is found by: the hash of its bytes.
   *
   * @param owner - whose it is alone, to be removed without a thought of others that have the same: a job
   */
  async put(value: Checkpoint, owner?: string): Promise<string> {
    const bytes = encodeCheckpoint(VALUE, value, owner === undefined ? {} : { owner });
    const name = sha256(bytes);
    await this.blobs.write(name, bytes);
    return name;
  }

  /** Keeps a value by a name that settles what it is, such as a hash of what it was made from. */
  putAs(name: string, value: Checkpoint): Promise<void> {
    return this.blobs.write(name, encodeCheckpoint(name, value, {}));
  }

  /**
   * @throws FARZI_STORE_INCOMPLETE when it is not there, FARZI_SAFETENSORS when it was altered
   */
  async get(name: string): Promise<Checkpoint> {
    const bytes = await this.blobs.read(name);
    if (bytes === undefined) {
      throw new FarziError('FARZI_STORE_INCOMPLETE', `The store of jobs has no ${name}.`, {
        hint: 'All who work on a run need the same store, and what is in it must stay there until the run has ended.',
      });
    }
    const { tensors, state } = decodeCheckpoint(bytes, sha256(bytes) === name ? VALUE : name, `of the store's ${name}`);
    return { tensors, state };
  }

  /** Lets go of a value that no job needs any more. */
  async remove(name: string): Promise<void> {
    if (!this.shared) await this.blobs.remove(name);
  }

  /** What came out of a job, where it is done. */
  async result(id: string): Promise<JobResult | undefined> {
    const bytes = await this.blobs.read(resultName(id));
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as JobResult);
  }

  /** Lets go of a job and of what came out of it. */
  async forget(id: string): Promise<void> {
    if (this.shared) return;
    const result = await this.result(id);
    await this.blobs.remove(resultName(id));
    for (const name of Object.values(result?.outputs ?? {})) await this.blobs.remove(name);
  }

  /**
   * Keeps what came out of a job.
   *
   * @throws FARZI_NOT_DETERMINISTIC when something else came out of it before
   */
  async finish(id: string, result: JobResult): Promise<void> {
    const before = await this.result(id);
    if (before !== undefined && differ(before.outputs, result.outputs)) {
      throw new FarziError(
        'FARZI_NOT_DETERMINISTIC',
        `The job ${id.slice(0, 12)} gave one thing to ${before.worker}, and another to ${result.worker}.`,
        { hint: 'Let workers of one kind do a run: the same engine, versions, threads and processors.' },
      );
    }
    await this.blobs.write(resultName(id), new TextEncoder().encode(JSON.stringify(result)));
  }
}

const differ = (one: JobResult['outputs'], other: JobResult['outputs']): boolean =>
  Object.keys({ ...one, ...other }).some((key) => one[key] !== other[key]);
