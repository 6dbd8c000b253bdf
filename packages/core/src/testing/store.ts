import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../storage/blobs.js';
import type { StoreDefinition } from '../storage/store.js';
import { attempt, check, same } from './assert.js';

/** What a store is checked with. */
export interface StoreCheckOptions {
  /** Of a place that is there and may be written to; what the check puts there it removes. */
  readonly address: string;
}

/** A megabyte of all bytes. */
const large = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 7) % 256);

/** Names that lead out of most places. */
const STRAY_NAMES = ['', '.', '..', '../secret', '/etc/passwd', 'a/b', 'a\\b'];

/** Jobs that write the same at the same time. */
const WRITERS = 8;

/**
 * Checks that a store keeps its contract: bytes are read by everybody as somebody wrote them, also when several write
 * the same at the same time, and again and again; what is not there is `undefined`, and may be removed; names that lead
 * elsewhere are refused.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkStore(definition: StoreDefinition, { address }: StoreCheckOptions): Promise<void> {
  const { id } = definition;
  check(address.startsWith(`${id}://`), `${id}: Addresses of this store start with ${id}://, and that of the check does not.`);
  const url = new URL(address);
  await attempt(`${id}: Checking the address`, () => definition.check?.(url));
  await attempt(`${id}: Reaching the place`, () => definition.reach?.(url));
  const open = (): Promise<BlobStore> => attempt(`${id}: Opening the place`, () => definition.open(url));
  const [here, there] = [await open(), await open()];
  for (const [what, bytes] of [
    ['no bytes', new Uint8Array(0)],
    ['a megabyte', large],
  ] as const) {
    const name = `check-${randomUUID()}.bin`;
    await checkRead(`${id}: What nobody wrote`, here, name, undefined);
    try {
      await attempt(`${id}: Writing ${what} several times at once`, () =>
        Promise.all(Array.from({ length: WRITERS }, () => here.write(name, bytes))),
      );
      await checkRead(`${id}: A value of ${what} that was written just now`, there, name, bytes);
      await attempt(`${id}: Writing ${what} again`, () => there.write(name, bytes));
      await checkRead(`${id}: A value of ${what} that was written twice`, here, name, bytes);
    } finally {
      await attempt(`${id}: Removing a value`, () => here.remove(name));
    }
    await attempt(`${id}: Removing what is not there`, () => there.remove(name));
    await checkRead(`${id}: What was removed`, there, name, undefined);
  }
  for (const name of STRAY_NAMES)
    for (const [what, call] of [
      ['read', () => here.read(name)],
      ['written', () => here.write(name, large)],
      ['removed', () => here.remove(name)],
    ] as const)
      check(await refused(call), `${id}: A value with the name ${JSON.stringify(name)} is ${what}.`);
}

async function checkRead(what: string, blobs: BlobStore, name: string, expected: Uint8Array | undefined): Promise<void> {
  const found = await attempt(`${what}: Reading it`, () => blobs.read(name));
  if (expected === undefined) check(found === undefined, `${what}: Something is read.`);
  else check(found !== undefined && same(found, expected), `${what}: It is read as ${found === undefined ? 'nothing' : 'other bytes'}.`);
}

async function refused(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return false;
  } catch {
    return true;
  }
}
