import { availableParallelism, totalmem } from 'node:os';
import type { ExperimentConfig } from '@farzi/core';
import { afterEach, expect, it, vi } from 'vitest';
import { membersAtOnce, shareOf } from './at-once.js';

const config = (values: Partial<ExperimentConfig>): ExperimentConfig =>
  ({ threads: 0, executor: { id: 'processes' }, ...values }) as ExperimentConfig;
const many = (count: number, values: Partial<ExperimentConfig>): ExperimentConfig[] => Array.from({ length: count }, () => config(values));
const cores = availableParallelism();
afterEach(() => {
  vi.unstubAllEnvs();
});

it('runs a member on each core, or each share of them that a member asks for, and no more than there are', () => {
  expect(membersAtOnce(undefined, many(1000, {}))).toBe(cores);
  expect(membersAtOnce(undefined, many(1000, { threads: cores }))).toBe(1);
  expect(membersAtOnce(undefined, many(1000, { threads: 2 * cores }))).toBe(1);
  expect(membersAtOnce(undefined, many(1, {}))).toBe(1);
  expect(membersAtOnce(5, many(3, {}))).toBe(3);
});

it('leaves room for the member that asks for most threads', () => {
  expect(membersAtOnce(undefined, [config({ threads: 1 }), config({ threads: cores }), config({ threads: 1 })])).toBe(1);
});

it('runs members one after the other where one process does everything, unless it is told otherwise', () => {
  expect(membersAtOnce(undefined, many(9, { executor: { id: 'inline' } }))).toBe(1);
  expect(membersAtOnce(4, many(9, { executor: { id: 'inline' } }))).toBe(4);
});

it('shares out threads and memory, but not threads that the experiment asks for', () => {
  expect(shareOf(2 * cores, config({ memoryLimit: 100 * cores }))).toEqual(['threads=1', 'memoryLimit=50']);
  expect(shareOf(1, config({ threads: 3, memoryLimit: 7 }))).toEqual(['threads=3', 'memoryLimit=7']);
  const [, memory = ''] = shareOf(2, config({}));
  expect(Number(memory.replace('memoryLimit=', ''))).toBeLessThanOrEqual(totalmem() / 2 ** 21);
});

it('shares out the threads that FARZI_THREADS names, instead of one per core', () => {
  vi.stubEnv('FARZI_THREADS', '7');
  expect(shareOf(2, config({ memoryLimit: 7 }))[0]).toBe('threads=3');
  expect(shareOf(8, config({ memoryLimit: 7 }))[0]).toBe('threads=1');
  expect(shareOf(2, config({ threads: 5, memoryLimit: 7 }))[0]).toBe('threads=5');
});
