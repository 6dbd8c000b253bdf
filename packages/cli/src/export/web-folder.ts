import { copyFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { builtInCodecs, encodeSynthetic, FarziError, storedBytes, type SyntheticPackage, writeWhole } from '@farzi/core';
import { SITE, type SiteDescription } from './site.js';

const { resolve } = createRequire(import.meta.url);
/** Where the built page is. */
const PAGE = join(dirname(resolve('@farzi/cli/package.json')), 'dist', 'web');
/** The WebAssembly of ONNX Runtime, without and with WebGPU. */
const RUNTIMES = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.asyncify.wasm'];
const DATA = 'data.farzi';

/**
 * Writes a folder that a static web server can serve as it is: a page that trains a student on distilled data in the
 * browser.
 *
 * @returns bytes of the distilled data, without names
 * @throws FARZI_USAGE for a folder with something else in it, FARZI_CONTRIBUTION_UNKNOWN for a codec that pages do not
 *   have
 */
export async function writeWebFolder(
  folder: string,
  synthetic: SyntheticPackage,
  site: Omit<SiteDescription, 'data' | 'bytes'>,
): Promise<number> {
  const there: readonly string[] = await readdir(folder).catch(() => []);
  if (there.length > 0 && !there.includes(SITE))
    throw new FarziError('FARZI_USAGE', `--web ${folder}: The folder holds something else than a page of farzi export.`, {
      hint: 'Give a new folder.',
    });
  const codec = synthetic.storage?.definition.id;
  if (codec !== undefined && !builtInCodecs.some(({ id }) => id === codec))
    throw new FarziError(
      'FARZI_CONTRIBUTION_UNKNOWN',
      `The data are stored with the codec "${codec}" of a plugin, which pages do not have.`,
      {
        hint: `Store them with one of ${builtInCodecs.map(({ id }) => id).join(', ')}.`,
      },
    );
  await writeWhole(join(folder, DATA), encodeSynthetic(synthetic));
  for (const file of await readdir(PAGE)) await copyFile(join(PAGE, file), join(folder, file));
  for (const file of RUNTIMES) await copyFile(resolve(`onnxruntime-web/${file}`), join(folder, file));
  // last: what there is of a page without it is none
  const { total: bytes } = storedBytes(synthetic);
  const description: SiteDescription = { ...site, data: DATA, bytes };
  await writeWhole(join(folder, SITE), `${JSON.stringify(description, null, 2)}\n`);
  return bytes;
}
