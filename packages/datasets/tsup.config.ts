import { defineConfig } from 'tsup';
import { libraryWithPages } from '../../tsup.shared.js';

export default defineConfig(libraryWithPages({ index: 'src/index.ts' }, { tokenizers: 'src/tokenizers.ts' }));
