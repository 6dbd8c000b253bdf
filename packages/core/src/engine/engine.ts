import type { DType, Program } from '../program/node.js';

/** Host values: float32 as `Float32Array`, int32 as `Int32Array`. */
export type HostValues = Float32Array | Int32Array;

/** A value that lives in an engine, possibly on a device. Whoever gets one disposes of it. */
export interface EngineTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  dispose(): void;
}

/** Values by the name of a program's input or output. */
export type EngineTensors = Readonly<Record<string, EngineTensor>>;

/** A compiled program. */
export interface Executable<Outputs extends string = string> {
  /**
   * Runs the program. Inputs stay the caller's; outputs are new values, and the caller's, too. The event loop gets a
   * turn meanwhile (microtasks alone do not give it one): between the steps of a long job, nothing else lets a signal
   * in.
   *
   * @throws FARZI_ENGINE_FAILED when an input is missing or has another shape, or the engine fails
   */
  run(inputs: EngineTensors): Promise<Record<Outputs, EngineTensor>>;
  dispose(): Promise<void>;
}

/** Runs programs. Values stay in the engine between calls; only `download` brings them back. */
export interface Engine {
  readonly id: string;
  readonly threads: number;
  compile<Outputs extends string>(program: Program<Outputs>): Promise<Executable<Outputs>>;
  upload(values: HostValues, shape: readonly number[]): EngineTensor;
  download(tensor: EngineTensor): Promise<HostValues>;
  dispose(): Promise<void>;
}

/** How many threads an engine may use. */
export interface EngineOptions {
  readonly threads: number;
}

/** What the version of an engine says that adds up in any order: part of what a run's numbers depend on. */
export const BITS_VARY = 'bits vary from run to run';

/** An engine that works here. */
export interface Usable {
  readonly usable: true;
  readonly version: string;
  /** Why `auto` does not take it, as a sentence. */
  readonly onlyByName?: string;
}

/** Whether an engine works here; the reason why not is a sentence. */
export type Availability = Usable | { readonly usable: false; readonly reason: string; readonly install?: string };

/** Whether `auto` may take an engine. */
export const isForAuto = (availability: Availability): availability is Usable =>
  availability.usable && availability.onlyByName === undefined;

/** A way to run programs, as it is registered. */
export interface EngineDefinition {
  readonly id: string;
  /** @param forAuto - whether `auto` asks: what it would not take need not be tried then */
  check(forAuto?: boolean): Promise<Availability>;
  create(options: EngineOptions): Promise<Engine>;
}

/** Downloads one number. */
export async function downloadScalar(engine: Engine, tensor: EngineTensor): Promise<number> {
  const [value] = await engine.download(tensor);
  return value ?? Number.NaN;
}

/** Disposes of every value of a record. */
export function disposeAll(tensors: EngineTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
