import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { chromiumPath } from './page-in-browser.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();

describe.skipIf(chromiumPath === undefined)('the pages of runs and of comparisons, in Chromium', () => {
  it('fit on wide and narrow screens, ask for nothing, complain of nothing, and are sorted by a click or a key', async () => {
    const [one, two] = ['one', 'two'].map((name) => join(folder.path, name)) as [string, string];
    const config = writeUsers(folder);
    for (const [out, seed] of [
      [one, 1],
      [two, 2],
    ] as const)
      expect((await outcome('run', config, '--out', out, '--quiet', '--set', `seed=${seed}`)).exitCode).toBe(0);
    const comparison = join(folder.path, 'comparison.html');
    await outcome('compare', one, two, '--html', comparison);
    const browser = await chromium.launch({
      ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
      args: ['--no-sandbox'],
    });
    try {
      for (const file of [join(one, 'report.html'), comparison]) {
        for (const [width, colorScheme] of [
          [1280, 'light'],
          [400, 'dark'],
        ] as const) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
          const complaints: string[] = [];
          page.on('console', (message) => complaints.push(message.text()));
          page.on('pageerror', (error) => complaints.push(String(error)));
          page.on('request', (request) => {
            if (!request.url().startsWith('file:')) complaints.push(request.url());
          });
          await page.goto(pathToFileURL(file).href);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
          const column = (index: number): Promise<string[]> => page.locator(`tbody tr > :nth-child(${index})`).allTextContents();
          const heads = await page.locator('thead th').allTextContents();
          const at = heads.findIndex((head) => head.endsWith('vs full')) + 1;
          const button = page.locator(`thead th:nth-child(${at}) button`);
          const values = async (): Promise<number[]> => (await column(at)).map((text) => Number.parseFloat(text));
          await button.click();
          expect(await values()).toEqual((await values()).toSorted((a, b) => b - a));
          await button.focus();
          await page.keyboard.press('Enter');
          expect(await values()).toEqual((await values()).toSorted((a, b) => a - b));
          expect(await page.locator('thead th[aria-sort=ascending]').count()).toBe(1);
          expect(complaints).toEqual([]);
          await page.close();
        }
      }
    } finally {
      await browser.close();
    }
    expect(readFileSync(join(one, 'report.html'), 'utf8')).toContain('Sequence 1');
  });
});
