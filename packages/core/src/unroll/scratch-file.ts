import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes that are kept outside of memory for a while. */
export interface ScratchFile {
  /** @returns how many bytes were written */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** @returns how many bytes were read */
  read(bytes: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Where scratch files are, for messages. */
export const scratchFolder = (): string => tmpdir();

/** A file without a name, which is gone when it is closed, however the process ends. */
export async function openScratchFile(): Promise<ScratchFile> {
  const folder = await mkdtemp(join(tmpdir(), 'farzi-states-'));
  try {
    const file = await open(join(folder, 'states'), 'w+');
    return {
      write: async (bytes, position) => (await file.write(bytes, 0, bytes.length, position)).bytesWritten,
      read: async (bytes, position) => (await file.read(bytes, 0, bytes.length, position)).bytesRead,
      close: () => file.close(),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
