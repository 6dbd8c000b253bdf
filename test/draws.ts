/**
 * Property tests draw the same examples in every run, so that a change is judged by what it changes. Other draws:
 * `FARZI_TEST_SEED=7 npx vitest run`.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FARZI_TEST_SEED'] ?? 1) });
