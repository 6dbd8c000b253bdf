import { defineConfig } from 'vitest/config';

/** The packed packages are built ones: no aliases here. */
export default defineConfig({
  test: { include: ['test/packed.test.ts'], testTimeout: 300_000 },
});
