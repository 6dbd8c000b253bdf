import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FarziError } from '@farzi/core';
import { getFileNameLowLevel, openPromise, validateFileName, type Entry, type ZipFile } from 'yauzl';
import { asFarziError, formatCount, reasonOf } from './errors.js';

/** What an archive may unpack to. */
export interface UnzipLimits {
  readonly bytes: number;
  readonly entries: number;
}

/** Far above any dataset read here, far below what hurts a disk. */
const defaultLimits: UnzipLimits = { bytes: 2 ** 30, entries: 10_000 };

const fileTypeMask = 0o170000;
const symbolicLink = 0o120000;

/**
 * Unpacks a zip archive into a folder. Every entry is checked before anything is written: nothing may leave the folder,
 * be a symbolic link, or exceed the limits.
 * @throws FARZI_DATA_UNSAFE_ARCHIVE, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function unzip(archive: string, folder: string, signal?: AbortSignal, limits: UnzipLimits = defaultLimits): Promise<void> {
  let zip: ZipFile | undefined;
  try {
    // Names are decoded here and not by the library, whose own refusal of `../` cannot be told from a damaged archive.
    zip = await openPromise(archive, { autoClose: false, decodeStrings: false });
    for (const { entry, name } of await checkedEntries(zip, archive, limits)) {
      signal?.throwIfAborted();
      const path = join(folder, name);
      if (name.endsWith('/')) {
        await mkdir(path, { recursive: true });
        continue;
      }
      await mkdir(dirname(path), { recursive: true });
      // `wx`: a second entry of the same name must not overwrite the first. The library checks the declared sizes while
      // it inflates.
      await pipeline(
        await zip.openReadStreamPromise(entry),
        createWriteStream(path, { flags: 'wx' }),
        signal === undefined ? {} : { signal },
      );
    }
  } catch (error) {
    throw asFarziError(
      error,
      signal,
      `unpacking ${archive}`,
      (cause) =>
        new FarziError('FARZI_DATA_UNREADABLE', `Cannot unpack ${archive}: ${reasonOf(error)}.`, {
          ...cause,
          hint: 'The archive is damaged or incomplete: fetch it again.',
        }),
    );
  } finally {
    zip?.close();
  }
}

/** All entries with their names, none of them harmful. */
async function checkedEntries(
  zip: ZipFile,
  archive: string,
  limits: UnzipLimits,
): Promise<readonly { readonly entry: Entry; readonly name: string }[]> {
  const entries: { entry: Entry; name: string }[] = [];
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
    const complaint = validateFileName(name);
    if (complaint !== null) throw unsafe(archive, complaint);
    if (((entry.externalFileAttributes >>> 16) & fileTypeMask) === symbolicLink) throw unsafe(archive, `${name} is a symbolic link`);
    bytes += entry.uncompressedSize;
    entries.push({ entry, name });
    if (bytes > limits.bytes) throw unsafe(archive, `its files exceed ${formatCount(limits.bytes)} bytes`);
    if (entries.length > limits.entries) throw unsafe(archive, `it has more than ${formatCount(limits.entries)} entries`);
  }
  return entries;
}

function unsafe(archive: string, reason: string): FarziError {
  return new FarziError('FARZI_DATA_UNSAFE_ARCHIVE', `Refused to unpack ${archive}: ${reason}.`, {
    hint: 'Nothing was unpacked. Use an archive from the official address.',
  });
}
