import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FarziError } from '@farzi/core';

/**
 * Folder of the package that a module belongs to: the nearest one above it with a `package.json`.
 * Walking up finds the same folder from the sources and from a bundle, however deep either lies.
 * @param moduleUrl - the module's `import.meta.url`.
 * @throws FARZI_DATA_NOT_FOUND
 */
export function packageRoot(moduleUrl: string): string {
  const start = dirname(fileURLToPath(moduleUrl));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new FarziError('FARZI_DATA_NOT_FOUND', `Cannot find the package that ${start} belongs to: no package.json in it or above it.`, {
        hint: 'The bundled data lie beside this package: install @farzi/datasets instead of bundling it into another file.',
      });
    }
  }
}
