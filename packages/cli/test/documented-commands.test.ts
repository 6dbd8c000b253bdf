import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { outcome } from './terminal.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs/results'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/results/${name}`),
];

/** The words of a command as a shell takes them apart: quotes keep blanks together, a comment ends it. */
const wordsOf = (command: string): string[] =>
  (/^(?:[^\s"'#]|"[^"]*"|\s)+/.exec(command)?.[0].match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => word.replaceAll('"', ''));

/** Every `farzi run` of an example in the pages, without what only matters to a run. */
const commands = pages.flatMap((page) => {
  const lines = readFileSync(join(root, page), 'utf8')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''));
  const whole = lines
    .join('\n')
    .replaceAll(/\\?\n(?= +--)/g, ' ')
    .split('\n');
  return whole.filter((line) => /^(npx )?farzi run examples\//.test(line)).map((line) => [page, line] as const);
});

it('the pages have commands', () => {
  expect(commands.length).toBeGreaterThan(5);
});

it.each(commands)('%s: %s is a valid experiment', async (_page, command) => {
  const words = wordsOf(command);
  const file = words.find((word) => word.endsWith('.yaml')) ?? '';
  const overrides = words.flatMap((word, index) => (words[index - 1] === '--set' ? ['--set', word] : []));
  expect(await outcome('validate', join(root, file), ...overrides)).toMatchObject({ exitCode: 0, stderr: '' });
});

it.each(readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yaml')))('examples/%s is a valid experiment', async (name) => {
  expect(await outcome('validate', join(root, 'examples', name))).toMatchObject({ exitCode: 0, stderr: '' });
});
