import { disposeAll, type Engine, type EngineTensor, type EngineTensors } from '../engine/engine.js';
import { FarziError, reasonOf } from '../errors.js';
import { sizeOf } from '../program/node.js';
import type { LearnerState } from './learner.js';
import { openScratchFile, type ScratchFile, scratchFolder } from './scratch-file.js';

/**
 * Learner states, last in first out. Where they take more memory than the budget, the oldest wait in a scratch file in
 * the folder for temporary files: they are needed last. They come back bit for bit, each tensor under its name.
 */
export class StateStack {
  /** Steps of the states in the file, one after the other from its start. */
  readonly #spilled: number[] = [];
  readonly #held: LearnerState[] = [];
  #file: ScratchFile | undefined;

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
    while (this.#held.length > 1 && this.#held.length * bytesOf(state.tensors) > this.budget) await this.#spillOldest();
  }

  /**
   * Takes the newest state; it is the caller's again. `undefined` when there is none.
   *
   * @param like - any state of the same learner, for names and shapes
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

  /**
   * Moves the oldest state in memory to the file. It is held until all of it is written, so that {@link close} frees it
   * in any case.
   */
  async #spillOldest(): Promise<void> {
    const { tensors, step } = this.#held[0] as LearnerState;
    let position = this.#spilled.length * bytesOf(tensors);
    for (const name of namesOf(tensors)) {
      const values = await this.engine.download(tensors[name] as EngineTensor);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      await this.#access('write', (file) => file.write(bytes, position), bytes.length);
      position += bytes.length;
    }
    this.#held.shift();
    disposeAll(tensors);
    this.#spilled.push(step);
  }

  /** Reads all of a state before any of it goes to the engine, so that nothing is left there when reading fails. */
  async #load(place: number, like: EngineTensors): Promise<EngineTensors> {
    let position = place * bytesOf(like);
    const values = new Map<string, Float32Array>();
    for (const name of namesOf(like)) {
      const read = new Float32Array(sizeOf((like[name] as EngineTensor).shape));
      const bytes = new Uint8Array(read.buffer);
      await this.#access('read', (file) => file.read(bytes, position), bytes.length);
      position += bytes.length;
      values.set(name, read);
    }
    return Object.fromEntries(
      [...values].map(([name, read]) => [name, this.engine.upload(read, (like[name] as EngineTensor).shape)] as const),
    );
  }

  async #access(verb: 'read' | 'write', access: (file: ScratchFile) => Promise<number>, wanted: number): Promise<void> {
    try {
      this.#file ??= await openScratchFile();
      const bytes = await access(this.#file);
      if (bytes !== wanted) throw new Error(`Only ${bytes} of ${wanted} bytes were ${verb === 'read' ? 'read' : 'written'}.`);
    } catch (cause) {
      throw new FarziError('FARZI_SCRATCH_FILE', `Cannot ${verb} learner states in ${scratchFolder()}: ${reasonOf(cause)}.`, {
        hint: 'Make room there, set TMPDIR to another folder, raise trajectory.memoryBudget, or use the trajectory checkpointed.',
        cause,
      });
    }
  }
}

/**
 * The order of tensors in the file. States list theirs in any order: a learner that was restored from a checkpoint has
 * another one than the states that an engine gives back.
 */
const namesOf = (tensors: EngineTensors): string[] => Object.keys(tensors).sort();

/** All states of a learner have the same size. */
function bytesOf(tensors: EngineTensors): number {
  return Object.values(tensors).reduce((total, { shape }) => total + sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT, 0);
}
