import { defineConfig } from 'tsup';
import { libraryWithPages } from '../../tsup.shared.js';

export default defineConfig(
  libraryWithPages({ index: 'src/index.ts', errors: 'src/errors.ts', testing: 'src/testing/index.ts' }, { browser: 'src/browser.ts' }),
);
