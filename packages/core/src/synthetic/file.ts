import { readFile, stat } from 'node:fs/promises';
import { FarziError } from '../errors.js';
import type { CodecDefinition } from '../storage/codec.js';
import { builtInCodecs } from '../storage/codecs/index.js';
import { writeWhole } from '../storage/write-whole.js';
import { decodeSynthetic, encodeSynthetic, namesOf, type SaveSyntheticOptions, vocabularyFile } from './file-bytes.js';
import { loadFolder } from './folder.js';
import type { SyntheticPackage } from './package.js';

/**
 * Writes synthetic data to a file, by custom `*.farzi`.
 *
 * @throws FARZI_NON_FINITE for numbers that their codec cannot store, FARZI_FILE_SYSTEM
 */
export async function saveSynthetic(file: string, synthetic: SyntheticPackage, options: SaveSyntheticOptions = {}): Promise<void> {
  const bytes = encodeSynthetic(synthetic, options);
  if (options.vocabulary === 'beside') await writeWhole(vocabularyFile(file), namesOf(synthetic));
  await writeWhole(file, bytes);
}

/**
 * Reads synthetic data: a `*.farzi` file, or a folder as earlier versions wrote it.
 *
 * @param codecs - to find the one they are stored with among
 * @throws FARZI_DATA_NOT_FOUND, FARZI_FORMAT_VERSION, FARZI_DATA_CHECKSUM when they were altered, FARZI_SAFETENSORS when
 *   they are malformed, FARZI_CONTRIBUTION_UNKNOWN for a codec that is not among the given ones
 */
export async function loadSynthetic(path: string, codecs: readonly CodecDefinition[] = builtInCodecs): Promise<SyntheticPackage> {
  const read = <T>(file: string, action: Promise<T>): Promise<T> =>
    action.catch((cause: unknown) => {
      throw new FarziError('FARZI_DATA_NOT_FOUND', `The file ${file} cannot be read.`, {
        hint: 'Give the path of a *.farzi file, with its *.vocabulary.json where it has one.',
        cause,
      });
    });
  if ((await read(path, stat(path))).isDirectory()) return loadFolder(path, codecs);
  const names = vocabularyFile(path);
  return decodeSynthetic(await read(path, readFile(path)), path, codecs, () => read(names, readFile(names, 'utf8')));
}
