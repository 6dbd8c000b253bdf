/**
 * Writes docs/ops.md: the TensorFlow.js kernels that models may use.
 *
 *   pnpm docs:ops
 */
import { writeFile } from 'node:fs/promises';
import { OPS_PAGE, opsPage } from '../test/ops-page.js';

await writeFile(OPS_PAGE, await opsPage());
