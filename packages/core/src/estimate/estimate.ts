import type { ProgramCost } from '../program/cost.js';
import { secondsOf, type EngineSpeed } from './speed.js';
import type { MemoryPart, PhaseWork, ProgramUse } from './work.js';

/** What a stretch of a job is expected to take. */
export interface PhaseEstimate {
  readonly title: string;
  /** Peak memory of the process, in bytes. */
  readonly memoryBytes: number;
  /** At most: training that stops early takes less. `undefined` where the engine's speed is not known. */
  readonly seconds: number | undefined;
}

/** What a job is expected to take. */
export interface Estimate {
  /** Peak memory of the process, in bytes. */
  readonly memoryBytes: number;
  /** What a finished job leaves on disk. */
  readonly diskBytes: number;
  /** The largest scratch file, in the folder for temporary files. */
  readonly scratchBytes: number;
  readonly phases: readonly PhaseEstimate[];
  /** What the peak is made of, the largest part first. */
  readonly parts: readonly MemoryPart[];
}

/** What an estimate starts from. */
export interface EstimateBasis {
  /** Memory that the process has taken already: runtime, engine, data. */
  readonly baseBytes: number;
  readonly speed?: EngineSpeed;
}

/**
 * An engine keeps the memory of a program's largest run, in blocks that are not filled entirely. Fitted to peaks that
 * were measured: see docs/performance.md.
 */
const BYTES_KEPT_PER_BYTE_ALIVE = 2.2;

/** A compiled program itself: its nodes, their names, and the engine's plan for them. */
const BYTES_PER_NODE = 10_000;

/** Graphs while they are recorded, and what the garbage collector has not looked at yet. */
const WORKING_BYTES = 60e6;

/** Idle programs that an engine keeps, see `engine/program-cache.ts`. */
const IDLE_PROGRAMS = 3;

/** Memory that a compiled program holds on to. */
const keptBytes = ({ aliveBytes, nodes }: ProgramCost): number => BYTES_KEPT_PER_BYTE_ALIVE * aliveBytes + BYTES_PER_NODE * nodes;

const partOf = ({ what, cost, sizes }: ProgramUse): MemoryPart => ({ what, bytes: keptBytes(cost), sizes });

const bytesOf = (parts: readonly MemoryPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

const largestFirst = (parts: readonly MemoryPart[]): MemoryPart[] => [...parts].sort((a, b) => b.bytes - a.bytes);

/** What goes into the phase's largest run and comes out of it; that of the run before waits for the garbage collector. */
function passing(programs: readonly ProgramUse[]): MemoryPart[] {
  const parts = programs.map(({ what, cost, sizes }) => ({
    what: `inputs and outputs of ${what}`,
    bytes: 2 * (cost.inputBytes + cost.outputBytes),
    sizes,
  }));
  return largestFirst(parts).slice(0, 1);
}

function partsOf(phase: PhaseWork, earlier: readonly PhaseWork[]): MemoryPart[] {
  const inUse = new Set(phase.programs.map(({ what }) => what));
  const idle = earlier.flatMap(({ programs }) => programs.filter(({ what }) => !inUse.has(what)).map(partOf));
  const known = new Map(idle.map((part) => [part.what, part]));
  return [
    ...phase.programs.map(partOf),
    ...passing(phase.programs),
    ...phase.held,
    ...largestFirst([...known.values()]).slice(0, IDLE_PROGRAMS),
  ];
}

/**
 * What a job is expected to take, from the sizes of its programs and of what it keeps. Nothing is computed or
 * allocated.
 *
 * @param phases - one after the other
 */
export function estimateOf(phases: readonly PhaseWork[], { baseBytes, speed }: EstimateBasis): Estimate {
  const base: MemoryPart = { what: 'the program, its engine and the data', bytes: baseBytes + WORKING_BYTES, sizes: [] };
  const parts = phases.map((phase, index) => largestFirst([base, ...partsOf(phase, phases.slice(0, index))]));
  const peak = parts.reduce((most, each) => (bytesOf(each) > bytesOf(most) ? each : most), [base]);
  return {
    memoryBytes: bytesOf(peak),
    diskBytes: phases.reduce((sum, { savedBytes }) => sum + savedBytes, 0),
    scratchBytes: Math.max(0, ...phases.map(({ scratchBytes }) => scratchBytes)),
    phases: phases.map(({ title, programs }, index) => ({
      title,
      memoryBytes: bytesOf(parts[index] ?? []),
      seconds: speed && programs.reduce((sum, { cost, runs }) => sum + runs * secondsOf(cost, speed), 0),
    })),
    parts: peak,
  };
}
