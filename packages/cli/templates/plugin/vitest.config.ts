import { defineConfig } from 'vitest/config';

// conformance suites train small learners, which takes seconds
export default defineConfig({ test: { testTimeout: 60_000 } });
