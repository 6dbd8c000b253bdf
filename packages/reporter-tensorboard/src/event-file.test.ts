import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { EventFile, recordOf } from './event-file.js';

const folder = mkdtempSync(join(tmpdir(), 'farzi-events-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('makes records with both checksums', () => {
  // computed by another program from the definition of CRC-32C; TensorBoard's own reader, which checks both sums, is tried in interop/
  expect(Buffer.from(recordOf(Buffer.from('farzi'))).toString('hex')).toBe('0500000000000000eab2043e6661727a694ca60dc8');
});

it('writes events that are whole at any moment: version first, then scalars', () => {
  const path = join(folder, 'events');
  const file = new EventFile(path, () => 1.5);
  const version = readFileSync(path);
  expect(version.readBigUInt64LE(0)).toBe(BigInt(version.length - 16));
  expect(version.toString('latin1')).toContain('brain.Event:2');
  file.add({ tag: 'a/b', step: 300, value: 0.5 });
  const event = readFileSync(path).subarray(version.length);
  // wall time 1.5; step 300; summary { value { tag: "a/b", simple value: 0.5 } }
  expect(event.subarray(12, -4).toString('hex')).toBe('09000000000000f83f10ac022a0c0a0a0a03612f62150000003f');
  file.close();
});
