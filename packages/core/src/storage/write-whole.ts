import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders, onDisk, syncFolder } from './file-system.js';

/** What a file is to hold: whole, or in parts that are written one after the other. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Writes a file, with the folders above it, so that it appears whole or not at all, whatever happens to the process or
 * the machine: what it holds is on the disk before it has its name.
 *
 * @param part - where it is put together, in the same folder; one of its own for each of several that write the same file
 * @throws FARZI_FILE_SYSTEM
 */
export async function writeWhole(file: string, content: FileContent, part = `${file}.part`): Promise<void> {
  const folder = dirname(file);
  const made = await makeFolders(folder);
  await onDisk('write', file, async () => {
    try {
      await writeThrough(part, content);
      await rename(part, file);
    } catch (error) {
      // what fills the disk must not stay there
      await rm(part, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
    for (const each of made) await syncFolder(dirname(each));
  });
}

async function writeThrough(file: string, content: FileContent): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await writeFile(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
