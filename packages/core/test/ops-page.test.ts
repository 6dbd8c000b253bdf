import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { OPS_PAGE, opsPage } from './ops-page.js';

it('docs/ops.md lists the ops that there are (pnpm docs:ops writes it)', async () => {
  expect(await readFile(OPS_PAGE, 'utf8')).toBe(await opsPage());
});
