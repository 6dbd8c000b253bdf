import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where systems have a Chromium. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** A static web server, as plain as one can be. */
function serve(folder: string): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const file = join(folder, url === '/' ? 'index.html' : (url.split('?')[0] ?? ''));
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, () => {
      resolve(server);
    });
  });
}

/** A page of `farzi export --web` in headless Chromium. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors in its console, requests that failed, and requests for other hosts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Serves a folder and opens it. */
export async function openPage(folder: string): Promise<OpenedPage> {
  const server = await serve(folder);
  const address = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const browser: Browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(address)) complaints.push(`elsewhere: ${request.url()}`);
  });
  await page.goto(address);
  return {
    page,
    complaints,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

/** Trains a student in a page and saves it to a file. */
export async function trainInPage({ page }: OpenedPage, engine: string, file: string, timeout: number): Promise<void> {
  await page.getByLabel('on', { exact: true }).selectOption(engine);
  await page.getByRole('button', { name: 'Train a student' }).click();
  await page.getByText(/^Trained from scratch in [\d.]+ s/).waitFor({ timeout });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the student' }).click()]);
  await download.saveAs(file);
}
