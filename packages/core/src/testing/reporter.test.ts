import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Reporter, ReporterDefinition } from '../report/reporter.js';
import { checkReporter } from './reporter.js';

const reporter = (create: () => Reporter): ReporterDefinition => ({ id: 'reporter', create });

it('accepts a reporter that has no methods, and one that writes files', async () => {
  await expect(checkReporter(reporter(() => ({})))).resolves.toBeUndefined();
  const notes = reporter(() => {
    const all: string[] = [];
    return {
      onNote: (text) => void all.push(text),
      onFinish: (_summary, runDirectory) => writeFile(join(runDirectory, 'notes.txt'), all.join('\n')),
    };
  });
  await expect(checkReporter(notes)).resolves.toBeUndefined();
});

it('accepts a reporter that names its files by the time, whatever time has gone by', async () => {
  let seconds = 1_795_794_319;
  const timed = reporter(() => ({
    onFinish: (_summary, runDirectory) => writeFile(join(runDirectory, `events.${++seconds}.log`), ''),
  }));
  await expect(checkReporter(timed)).resolves.toBeUndefined();
});

describe('checkReporter finds a reporter', () => {
  let shared = '';
  const rows: readonly (readonly [string, () => Reporter, string | RegExp])[] = [
    [
      'that needs the start to come first',
      () => {
        let directory: string | undefined;
        return {
          onStart: ({ runDirectory }) => void (directory = runDirectory),
          onNote: () => {
            if (directory === undefined) throw new TypeError('no directory');
          },
        };
      },
      'reporter: Calling onNote throws TypeError: no directory',
    ],
    [
      'that needs totals',
      () => ({
        onPhase: (_phase, { total }) => {
          if (total === undefined) throw new RangeError('no total');
        },
      }),
      'reporter: Calling onPhase throws RangeError: no total',
    ],
    [
      'that cannot show more than all',
      () => ({ onProgress: ({ done, total = done }) => void ' '.repeat(total - done) }),
      'reporter: Calling onProgress throws RangeError: Invalid count value: -1',
    ],
    [
      'that needs finite numbers',
      () => ({
        onMeasurement: ({ values }) => {
          for (const value of Object.values(values)) BigInt(Math.round(value));
        },
      }),
      /^reporter: Calling onMeasurement throws RangeError: The number NaN cannot be converted/,
    ],
    [
      'whose calls must be awaited',
      () => ({ onCheckpoint: () => Promise.resolve() as unknown as undefined }),
      'reporter: The method onCheckpoint gives object: nobody waits for it.',
    ],
    [
      'that needs every metric of every student',
      () => ({ onFinish: ({ results }) => void results.map(({ metrics }) => (metrics['hr@10'] as number).toFixed(2)) }),
      /^reporter: Calling onFinish throws TypeError/,
    ],
    [
      'that finishes with something',
      () => ({ onFinish: () => Promise.resolve(1 as unknown as undefined) }),
      'reporter: The method onFinish gives number, and is asked for nothing.',
    ],
    [
      'that remembers a directory for all',
      () => ({
        onStart: ({ runDirectory }) => void (shared = runDirectory),
        onFinish: () => writeFile(join(shared, 'report.txt'), ''),
      }),
      'reporter: Followed by two reporters at a time, a run gets the files none, not report.txt.',
    ],
  ];
  it.each(rows)('%s', async (_name, create, message) => {
    await expect(checkReporter(reporter(create))).rejects.toThrow(message);
  });

  it('that is one for all', async () => {
    const one: Reporter = {};
    await expect(checkReporter(reporter(() => one))).rejects.toThrow('reporter: Calling create gives the same reporter twice.');
  });
});
