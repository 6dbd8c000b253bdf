import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes, FarziError, invariant, isFarziError } from './errors.js';

describe('errors', () => {
  it('are all on the page of errors, with their meaning and exit code', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const exitCodes: Readonly<Record<string, string>> = { config: '2', interrupted: '130' };
    expect(rows).toEqual(Object.entries(errorCodes).map(([code, { kind, summary }]) => [`\`${code}\``, summary, exitCodes[kind] ?? '1']));
  });

  it('carry a code, a hint and a cause', () => {
    const cause = new Error('inner');
    const error = new FarziError('FARZI_USAGE', 'what happened', { hint: 'what to do', cause });
    expect(error).toMatchObject({ code: 'FARZI_USAGE', message: 'what happened', hint: 'what to do', cause });
    expect([isFarziError(error), isFarziError(cause), isFarziError('text')]).toEqual([true, false, false]);
  });

  it('are cut where data have made them long, once', () => {
    const long = 'x'.repeat(8_900_000);
    const cut = `${'x'.repeat(10_000)} ... (8,890,000 more characters)`;
    const error = new FarziError('FARZI_DATA_MISSING_COLUMN', long, { hint: long });
    expect([error.message, error.hint]).toEqual([cut, cut]);
    expect(new FarziError(error.code, `data.csv: ${error.message}`).message).toBe(`data.csv: ${cut}`);
    expect(new FarziError('FARZI_USAGE', 'x'.repeat(10_500)).message).toHaveLength(10_500);
  });

  it('tell a broken invariant from a user error', () => {
    expect(() => {
      invariant(false, 'two is three');
    }).toThrow(expect.objectContaining({ code: 'FARZI_INTERNAL', message: 'two is three' }) as Error);
  });
});
