import { availableParallelism, totalmem } from 'node:os';
import type { ExperimentConfig } from '@farzi/core';
import { expect, it } from 'vitest';
import { membersAtOnce, shareOf } from './at-once.js';

const config = (values: Partial<ExperimentConfig>): ExperimentConfig =>
  ({ threads: 0, executor: { id: 'processes' }, ...values }) as ExperimentConfig;
const cores = availableParallelism();

it('runs a member on each core, or each share of them that a member asks for, and no more than there are', () => {
  expect(membersAtOnce(undefined, 1000, config({}))).toBe(cores);
  expect(membersAtOnce(undefined, 1000, config({ threads: cores }))).toBe(1);
  expect(membersAtOnce(undefined, 1000, config({ threads: 2 * cores }))).toBe(1);
  expect(membersAtOnce(undefined, 1, config({}))).toBe(1);
  expect(membersAtOnce(5, 3, config({}))).toBe(3);
});

it('runs members one after the other where one process does everything, unless it is told otherwise', () => {
  expect(membersAtOnce(undefined, 9, config({ executor: { id: 'inline' } }))).toBe(1);
  expect(membersAtOnce(4, 9, config({ executor: { id: 'inline' } }))).toBe(4);
});

it('shares out threads and memory, but not threads that the experiment asks for', () => {
  expect(shareOf(2 * cores, config({ memoryLimit: 100 * cores }))).toEqual(['threads=1', 'memoryLimit=50']);
  expect(shareOf(1, config({ threads: 3, memoryLimit: 7 }))).toEqual(['threads=3', 'memoryLimit=7']);
  const [, memory = ''] = shareOf(2, config({}));
  expect(Number(memory.replace('memoryLimit=', ''))).toBeLessThanOrEqual(totalmem() / 2 ** 21);
});
