import manifest from '../package.json' with { type: 'json' };

/** This package's version: what plugins' `core` ranges are checked against. */
export const coreVersion: string = manifest.version;
