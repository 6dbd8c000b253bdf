import { mergeConfig } from 'vitest/config';
import usual from './vitest.config.js';

/** What needs a server that is not there everywhere: `pnpm test:scale`. */
export default mergeConfig(
  { ...usual, test: { ...usual.test, projects: undefined, include: [] } },
  { test: { include: ['packages/*/test/**/*.scale.ts'], testTimeout: 600_000, hookTimeout: 120_000, maxWorkers: 1 } },
);
