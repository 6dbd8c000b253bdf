import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders, onDisk, syncFolder } from './file-system.js';

/**
 * Writes a file, with the folders above it, so that it appears whole or not at all, whatever happens to the process or
 * the machine: what it holds is on the disk before it has its name.
 *
 * @throws FARZI_FILE_SYSTEM
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(file);
  const made = await makeFolders(folder);
  const part = `${file}.part`;
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

async function writeThrough(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
