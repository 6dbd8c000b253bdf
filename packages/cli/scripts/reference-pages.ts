/**
 * Writes docs/cli.md, docs/configuration.md, and the sources that pages of docs/plugins show.
 *
 *   pnpm docs:reference
 */
import { writeFile } from 'node:fs/promises';
import { pathOf, written, writtenPages } from '../test/reference-pages.js';

for (const page of Object.keys(writtenPages)) await writeFile(pathOf(page), await written(page));
