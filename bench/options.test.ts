import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { count, counts, someOf } from './options.js';
import { withWorkload, type WorkloadChoice, workloadSizes } from './workload.js';

function parsed<T>(command: Command, ...args: string[]): T {
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parse(args, { from: 'user' })
    .opts() as T;
}

describe("a benchmark's workload", () => {
  const sizes = (...args: string[]) => workloadSizes(parsed<WorkloadChoice>(withWorkload(new Command()), ...args));

  it('has the sizes of its task where none are given', () => {
    expect(sizes()).toMatchObject({ task: 'recommendation', vocabulary: 1682, inputs: 'soft' });
    expect(sizes('--task', 'language', '--width', '16')).toMatchObject({ vocabulary: 10_000, width: 16, inputs: 'hard' });
  });

  it.each([
    ['--task', 'foo'],
    ['--inputs', 'foo'],
    ['--width', '1.5'],
    ['--width', '0'],
  ])('refuses %s %s instead of measuring something else', (...args) => {
    expect(() => sizes(...args)).toThrow(`'${args[1]}'`);
  });
});

describe("a benchmark's options", () => {
  const options = (...args: string[]) =>
    parsed<{ peers: string[]; threads: number[]; repeats: number }>(
      new Command()
        .addOption(someOf('--peers <ids>', 'peers', ['pytorch', 'jax']))
        .addOption(counts('--threads <counts>', 'threads', [1, 2]))
        .addOption(count('--repeats <count>', 'repeats', 3, 0)),
      ...args,
    );

  it('are all there are where none are given', () => {
    expect(options()).toEqual({ peers: ['pytorch', 'jax'], threads: [1, 2], repeats: 3 });
  });

  it('replace what is usual', () => {
    expect(options('--peers', 'jax', '--threads', '4', '--repeats', '0')).toEqual({ peers: ['jax'], threads: [4], repeats: 0 });
  });

  it.each([
    ['--peers', 'pytroch', "The value 'pytroch' is none of pytorch, jax"],
    ['--threads', '1,x', 'whole number from 1'],
    ['--repeats', '-1', 'whole number from 0'],
  ])('refuse %s %s', (name, value, reason) => {
    expect(() => options(name, value)).toThrow(reason);
  });
});
