import { costOf, type ProgramCost } from '../program/cost.js';
import type { Program } from '../program/node.js';

/** Something that takes memory, and where it comes from. */
export interface MemoryPart {
  /** A noun, as in `states of the inner steps`. */
  readonly what: string;
  readonly bytes: number;
  /** Keys of the configuration to lower, the most useful one first. */
  readonly sizes: readonly string[];
  /** What else helps, a sentence. */
  readonly advice?: string;
}

/** A program, and how often it runs. */
export interface ProgramUse {
  readonly what: string;
  readonly cost: ProgramCost;
  readonly runs: number;
  readonly sizes: readonly string[];
}

/** What some work computes and keeps, as far as shapes tell. */
export interface Work {
  /** All are compiled at the same time. */
  readonly programs: readonly ProgramUse[];
  /** Values that are kept beside those that go into a program and come out of it. */
  readonly held: readonly MemoryPart[];
  /** Bytes of a scratch file, which is gone afterwards. */
  readonly scratchBytes: number;
  /** Bytes that stay on disk. */
  readonly savedBytes: number;
}

/** A stretch of a job. */
export interface PhaseWork extends Work {
  /** As in `teacher`. */
  readonly title: string;
}

/** Bytes of a number. */
export const NUMBER_BYTES = 4;

/** A program that is to be run some times. */
export const useOf = (what: string, program: Program, runs: number, sizes: readonly string[]): ProgramUse => ({
  what,
  cost: costOf(program),
  runs,
  sizes,
});

/** The same program, run so many times as often. */
export const repeated = (use: ProgramUse, times: number): ProgramUse => ({ ...use, runs: use.runs * times });

/** Numbers that are kept: float32. */
export const numbersHeld = (what: string, numbers: number, sizes: readonly string[]): MemoryPart => ({
  what,
  bytes: NUMBER_BYTES * numbers,
  sizes,
});

/** Several kinds of work at the same time. */
export const together = (...all: readonly Work[]): Work => ({
  programs: all.flatMap(({ programs }) => programs),
  held: all.flatMap(({ held }) => held),
  scratchBytes: all.reduce((sum, { scratchBytes }) => sum + scratchBytes, 0),
  savedBytes: all.reduce((sum, { savedBytes }) => sum + savedBytes, 0),
});
