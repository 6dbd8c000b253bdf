import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk, syncFolder, unlessMissing } from '../storage/file-system.js';
import { CONFIG, ownNames, REPLACED } from './own-files.js';

/**
 * Moves a run aside, within its folder: what is not its own stays where it is, and a folder that is mounted or worked
 * in can be overwritten, too. {@link settle} says what becomes of it.
 */
export async function setAside(path: string, entries: readonly string[]): Promise<void> {
  const aside = join(path, REPLACED);
  const own = ownNames.filter((name) => entries.includes(name));
  if (own.length === 0) return;
  await onDisk('move', path, async () => {
    await mkdir(aside);
    for (const name of own) {
      await rename(join(path, name), join(aside, name));
      // the configuration is the first to go: without it there is no run, whatever is left
      if (name === CONFIG) await syncFolder(path);
    }
    await syncFolder(path);
  });
}

/**
 * Ends an overwriting, also one that was cut short at any place: where the configuration of the new run is there, the
 * old run is removed; where it is not, the old run is put back.
 */
export async function settle(path: string): Promise<void> {
  const aside = join(path, REPLACED);
  const names = await onDisk('read', aside, () => unlessMissing(readdir(aside)));
  if (names === undefined) return;
  const begun = (await onDisk('read', path, () => readdir(path))).includes(CONFIG);
  if (!begun) {
    await onDisk('move', path, async () => {
      // the configuration comes back last, when the run is whole
      for (const name of ownNames.toReversed()) if (names.includes(name)) await rename(join(aside, name), join(path, name));
      await syncFolder(path);
    });
  }
  await onDisk('remove', aside, () => rm(aside, { recursive: true, force: true }));
}
