import { existsSync } from 'node:fs';
import type { Options } from 'tsup';

/** For pages, a file `x.browser.ts` stands for its neighbour `x.ts`. */
const browserFiles: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'browser-files',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const other = path.replace(/\.ts$/, '.browser.ts');
      return existsSync(other) ? { contents: `export * from ${JSON.stringify(other)};`, loader: 'ts' } : undefined;
    });
  },
};

/** How the code of every package is built; its types are by TypeScript itself. Dependencies and peer dependencies stay imports. */
export function library(entry: Record<string, string>): Options {
  return {
    entry,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    // Without the path aliases of tsconfig.json: other packages are seen as their users see them.
    tsconfig: '../../tsconfig.base.json',
    sourcemap: true,
    clean: true,
  };
}

/** A package with entries that pages can load, too. */
export function libraryWithPages(entry: Record<string, string>, pages: Record<string, string>): Options[] {
  return [library(entry), { ...library(pages), clean: false, target: 'es2022', platform: 'browser', esbuildPlugins: [browserFiles] }];
}
