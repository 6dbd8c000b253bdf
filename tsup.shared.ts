import type { Options } from 'tsup';

/** How every package is built. Dependencies and peer dependencies stay imports, in the code and in the types. */
export function library(entry: Record<string, string>): Options {
  return {
    entry,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    // Without the path aliases of tsconfig.json: other packages are seen as their users see them.
    tsconfig: '../../tsconfig.base.json',
    dts: true,
    sourcemap: true,
    clean: true,
  };
}
