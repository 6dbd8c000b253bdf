import { expect, it } from 'vitest';
import { engine } from '../../test/engine.js';
import type { ProgramCost } from '../program/cost.js';
import { estimateOf } from './estimate.js';
import { measureSpeed, secondsOf } from './speed.js';
import type { PhaseWork } from './work.js';
import { estimateLines, estimateSentence } from './words.js';

const nothing: ProgramCost = { nodes: 0, productOperations: 0, writtenBytes: 0, inputBytes: 0, outputBytes: 0, aliveBytes: 0 };
const MB = 2 ** 20;
/** A phase of programs that keep some MB alive each. */
const phase = (title: string, alive: Readonly<Record<string, number>>, more: Partial<PhaseWork> = {}): PhaseWork => ({
  title,
  programs: Object.entries(alive).map(([what, bytes]) => ({ what, cost: { ...nothing, aliveBytes: bytes * MB }, runs: 1, sizes: [] })),
  held: [],
  scratchBytes: 0,
  savedBytes: 0,
  ...more,
});
const memoryOf = (...phases: readonly PhaseWork[]): number => estimateOf(phases, { baseBytes: 0 }).memoryBytes / MB;

it('is the memory of the process, and that of the phase that takes most', () => {
  const idle = estimateOf([], { baseBytes: 100 * MB }).memoryBytes;
  expect(idle).toBeGreaterThan(100 * MB);
  const held = [{ what: 'learners', bytes: 30 * MB, sizes: [] }];
  expect(estimateOf([phase('a', {}), phase('b', {}, { held })], { baseBytes: 100 * MB }).memoryBytes - idle).toBe(30 * MB);
});

it('counts programs of earlier phases that an engine keeps, three of them, and each once', () => {
  const empty = memoryOf();
  const of = (...phases: readonly PhaseWork[]): number => memoryOf(...phases) - empty;
  const one = of(phase('a', { p: 100 }));
  expect(of(phase('a', { p: 100 }), phase('b', { q: 100 }))).toBeCloseTo(2 * one);
  expect(of(phase('a', { p: 100 }), phase('b', { p: 100 }))).toBeCloseTo(one);
  const many = ['p', 'q', 'r', 's', 't'].map((name) => phase(name, { [name]: 100 }));
  expect(of(...many)).toBeCloseTo(4 * one);
});

it('adds up what stays on disk, and takes the largest scratch file', () => {
  const phases = [phase('a', {}, { savedBytes: 3, scratchBytes: 5 }), phase('b', {}, { savedBytes: 4, scratchBytes: 2 })];
  expect(estimateOf(phases, { baseBytes: 0 })).toMatchObject({ diskBytes: 7, scratchBytes: 5 });
});

it('multiplies seconds by runs', () => {
  const cost = { ...nothing, productOperations: 7e9 };
  const work = phase('a', {}, { programs: [{ what: 'a step', cost, runs: 50, sizes: [] }] });
  const speed = { operationsPerSecond: 1e10, bytesPerSecond: 1e9 };
  expect(estimateOf([work], { baseBytes: 0, speed }).phases[0]?.seconds).toBeCloseTo(50 * secondsOf(cost, speed));
  expect(estimateOf([work], { baseBytes: 0 }).phases[0]?.seconds).toBeUndefined();
});

it('measures an engine', async () => {
  const { operationsPerSecond, bytesPerSecond } = await measureSpeed(engine);
  expect(operationsPerSecond).toBeGreaterThan(1e7);
  expect(bytesPerSecond).toBeGreaterThan(1e6);
});

it('is told in a sentence, and line by line', () => {
  const limit = { bytes: 2 ** 34, origin: 'memoryLimit' };
  const parts = [{ what: 'states of the inner steps', bytes: 300 * MB, sizes: [] }];
  const phases = [
    { title: 'teacher', memoryBytes: 200 * MB, seconds: 12 },
    { title: 'students: full', memoryBytes: 300 * MB, seconds: 50 },
    { title: 'students: random', memoryBytes: 300 * MB, seconds: 40 },
  ];
  const estimate = { memoryBytes: 500 * MB, diskBytes: 5 * MB, scratchBytes: 0, phases, parts };
  expect(estimateSentence(estimate, limit)).toBe(
    'expected: 500 MB of memory (memoryLimit: 16 GB), 5.0 MB on disk; at most teacher 12 s, students 1 min 30 s',
  );
  expect(estimateSentence({ ...estimate, scratchBytes: MB }, limit)).toContain('5.0 MB on disk, and 1.0 MB in a scratch file meanwhile');
  const lines = estimateLines(estimate, limit);
  expect(lines.map((line) => line.split(/ {2,}/).join(' | '))).toEqual([
    ...['expected peak memory | 500 MB', 'limit: memoryLimit | 16 GB', 'on disk | 5.0 MB', ''],
    ...[
      'stretch | memory | time at most',
      'teacher | 200 MB | 12 s',
      'students: full | 300 MB | 50 s',
      'students: random | 300 MB | 40 s',
      '',
    ],
    ...['largest parts of the peak | memory', 'states of the inner steps | 300 MB'],
  ]);
});
