import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disposeAll, type Engine, type EngineTensors, type HostValues } from '../engine/engine.js';
import { FarziError } from '../errors.js';
import { sizeOf } from '../program/node.js';
import type { LearnerState } from './learner.js';

/** A file without a name, which is gone when it is closed, however the process ends. */
async function scratchFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'farzi-states-'));
  try {
    return await open(join(folder, 'states'), 'w+');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Learner states, last in first out. Where they take more memory than the budget, the oldest wait in a scratch file in the folder for temporary files: they are needed last.
 * They come back bit for bit.
 */
export class StateStack {
  /** Steps of the states in the file, one after the other from its start. */
  readonly #spilled: number[] = [];
  readonly #held: LearnerState[] = [];
  #file: FileHandle | undefined;

  /** @param budget - bytes that states may take in memory; the newest state stays there in any case */
  constructor(
    private readonly engine: Engine,
    private readonly budget: number,
  ) {}

  /**
   * Puts a state on top; it is the stack's from now on.
   *
   * @throws FARZI_SCRATCH_FILE when states cannot be written
   */
  async push(state: LearnerState): Promise<void> {
    this.#held.push(state);
    while (this.#held.length > 1 && this.#held.length * bytesOf(state.tensors) > this.budget)
      await this.#spill(this.#held.shift() as LearnerState);
  }

  /**
   * Takes the newest state; it is the caller's again. `undefined` when there is none.
   *
   * @param like - any state of the same learner
   * @throws FARZI_SCRATCH_FILE when states cannot be read
   */
  async pop(like: LearnerState): Promise<LearnerState | undefined> {
    const state = this.#held.pop();
    if (state !== undefined) return state;
    const step = this.#spilled.pop();
    return step === undefined ? undefined : { tensors: await this.#load(this.#spilled.length, like.tensors), step };
  }

  /** Lets go of all states and of the file. */
  async close(): Promise<void> {
    for (const { tensors } of this.#held.splice(0)) disposeAll(tensors);
    this.#spilled.length = 0;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #spill({ tensors, step }: LearnerState): Promise<void> {
    let position = this.#spilled.length * bytesOf(tensors);
    for (const tensor of Object.values(tensors)) {
      const values = await this.engine.download(tensor);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      await this.#access(
        'write',
        (file) => file.write(bytes, 0, bytes.length, position).then(({ bytesWritten }) => bytesWritten),
        bytes.length,
      );
      position += bytes.length;
    }
    disposeAll(tensors);
    this.#spilled.push(step);
  }

  async #load(place: number, like: EngineTensors): Promise<EngineTensors> {
    let position = place * bytesOf(like);
    const tensors: Record<string, EngineTensors[string]> = {};
    for (const [name, { shape }] of Object.entries(like)) {
      const values: HostValues = new Float32Array(sizeOf(shape));
      const bytes = new Uint8Array(values.buffer);
      await this.#access('read', (file) => file.read(bytes, 0, bytes.length, position).then(({ bytesRead }) => bytesRead), bytes.length);
      position += bytes.length;
      tensors[name] = this.engine.upload(values, shape);
    }
    return tensors;
  }

  async #access(verb: 'read' | 'write', access: (file: FileHandle) => Promise<number>, wanted: number): Promise<void> {
    try {
      this.#file ??= await scratchFile();
      const bytes = await access(this.#file);
      if (bytes !== wanted) throw new Error(`only ${bytes} of ${wanted} bytes`);
    } catch (cause) {
      throw new FarziError('FARZI_SCRATCH_FILE', `cannot ${verb} learner states in ${tmpdir()}: ${String(cause)}`, {
        hint: 'Make room there, set TMPDIR to another folder, raise trajectory.memoryBudget, or use trajectory checkpointed.',
        cause,
      });
    }
  }
}

/** All states of a learner have the same size. */
function bytesOf(tensors: EngineTensors): number {
  return Object.values(tensors).reduce((total, { shape }) => total + sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT, 0);
}
