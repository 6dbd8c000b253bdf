import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('packages', import.meta.url));

const tests = [
  'packages/*/src/**/*.test.ts',
  'packages/*/test/**/*.test.ts',
  'examples/**/*.test.ts',
  'bench/*.test.ts',
  'scripts/*.test.ts',
  'interop/**/*.test.ts',
];
/** Tests of what there is one of in a process, such as the backends of TensorFlow.js. */
const alone = ['packages/core/src/program/trace.test.ts', 'packages/core/src/engine/onnx/runtime.test.ts'];

export default defineConfig({
  resolve: {
    // Tests run on sources, and coverage is theirs; only processes that tests start are built ones.
    alias: [
      { find: /^@farzi\/core\/errors$/, replacement: `${packages}/core/src/errors.ts` },
      { find: /^@farzi\/core\/testing$/, replacement: `${packages}/core/src/testing/index.ts` },
      { find: /^@farzi\/([^/]+)$/, replacement: `${packages}/$1/src/index.ts` },
    ],
  },
  test: {
    // files of a project follow each other in two processes, which load libraries once
    projects: [
      { extends: true, test: { name: 'together', include: tests, exclude: [...alone, '**/node_modules/**'], isolate: false } },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
    setupFiles: ['test/draws.ts', 'test/software-gpu.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      reporter: ['text-summary'],
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/generated/**'],
    },
  },
});
