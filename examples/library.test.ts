import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'farzi-library-'));
const home = process.cwd();

beforeAll(() => {
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

it('distils, trains, evaluates and recommends', async () => {
  const said: unknown[] = [];
  vi.spyOn(console, 'log').mockImplementation((value) => said.push(value));
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await import('./library.js');
  // by chance hr@100 is 100 of some 1,300 items
  expect(said).toEqual([
    { 'ndcg@10': expect.any(Number) as number, 'hr@10': expect.any(Number) as number, 'hr@100': expect.any(Number) as number },
    Array.from({ length: 5 }, () => expect.any(String) as string),
  ]);
  expect((said[0] as Record<string, number>)['hr@100']).toBeGreaterThan(0.2);
  for (const file of ['movies.farzi', 'student.safetensors']) expect(existsSync(file)).toBe(true);
}, 180_000);
