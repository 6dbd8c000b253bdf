import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { pathOf, written, writtenPages } from './reference-pages.js';

it.each(Object.keys(writtenPages))('%s says what there is (pnpm docs:reference writes it)', async (page) => {
  expect(await readFile(pathOf(page), 'utf8')).toBe(await written(page));
});
