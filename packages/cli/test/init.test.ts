import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeTale, writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { call, outcome, Text } from './terminal.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const log = (header: string): string =>
  [header, ...Array.from({ length: 30 }, (_, event) => `u${event % 5},i${(event * 7) % 11},${event}`)].join('\n');

describe('farzi init', () => {
  it('writes an experiment on a log, which is valid, and tells what is in it', async () => {
    folder.write('clicks.csv', log('user_id,item_id,timestamp'));
    const out = at('clicks.yaml');
    const { exitCode, stdout, stderr } = await outcome('init', at('clicks.csv'), '--out', out);
    expect([exitCode, stderr]).toEqual([0, '']);
    const found = `In ${at('clicks.csv')} are 5 users with 30 events of 11 items.`;
    expect(stdout).toBe(`${out}: ${found}\n\n  farzi validate ${out} --estimate   # what a run is expected to take\n  farzi run ${out}\n`);
    const text = readFileSync(out, 'utf8');
    expect(text).toContain(`# ${found}\n`);
    expect(parse(text)).toMatchObject({ task: 'recommendation', dataset: { id: 'interactions', path: 'clicks.csv' } });
    expect(await outcome('validate', out)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('takes the names of columns, and says which there are', async () => {
    folder.write('odd.csv', log('visitor,page,at'));
    const refused = await outcome('init', at('odd.csv'), '--out', at('odd.yaml'));
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /FARZI_DATA_MISSING_COLUMN: .*visitor, page, at\.\nhint: Name the columns: --user customer --item product --timestamp date\.\n/,
      ),
    ]);
    const named = await outcome('init', at('odd.csv'), '--out', at('odd.yaml'), '--user', 'visitor', '--item', '1', '--timestamp', 'at');
    expect(named.exitCode).toBe(0);
    expect(parse(readFileSync(at('odd.yaml'), 'utf8'))).toMatchObject({
      dataset: { columns: { user: 'visitor', item: 1, timestamp: 'at' } },
    });
  });

  it('asks for what it is not told, where somebody can answer', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const screen = Object.assign(new Text(), { isTTY: true });
    const { exitCode } = call(['init', '--out', at('asked.yaml')], { stdin, stderr: screen });
    for (const [question, answer] of [
      ['Data (a file', at('odd.csv')],
      ['Column of the user', 'visitor'],
      ['Column of the item', 'page'],
      ['Column of the time', ''],
    ] as const) {
      await expect.poll(() => screen.text).toContain(question);
      stdin.write(`${answer}\n`);
    }
    expect(await exitCode, screen.text).toBe(0);
    const { dataset } = parse(readFileSync(at('asked.yaml'), 'utf8')) as { readonly dataset: unknown };
    expect(dataset).toEqual({ id: 'interactions', path: 'odd.csv', columns: { user: 'visitor', item: 'page' } });
  });

  it('takes a text, histories in a text, and a dataset by its id', async () => {
    writeTale(folder);
    writeUsers(folder);
    expect((await outcome('init', at('tale.txt'), '--out', at('own-tale.yaml'))).stdout).toMatch(
      /are [\d,]+ tokens of a vocabulary of \d+\./,
    );
    expect((await outcome('validate', at('own-tale.yaml'))).stderr).toBe('');
    await outcome('init', at('users.txt'), '--task', 'recommendation', '--out', at('own-users.yaml'));
    expect(parse(readFileSync(at('own-users.yaml'), 'utf8'))).toMatchObject({ dataset: { path: 'users.txt', format: 'sequences' } });
    const { stdout } = await outcome('init', 'movielens-small-2016', '--out', at('films.yaml'));
    expect(stdout).toContain('In movielens-small-2016 are 671 users');
    expect((await outcome('validate', at('films.yaml'))).stderr).toBe('');
  });

  it.each([
    [[], 2, 'FARZI_USAGE: No data are named.'],
    [['gone.csv'], 1, 'FARZI_DATA_NOT_FOUND: There is no file gone.csv, and no dataset of this id.'],
    [['movielens-small-2016', '--out', 'films.yaml'], 2, 'films.yaml exists already.'],
    [['movielens-small-2016', '--user', 'a', '--item', 'b'], 2, 'Columns are named, and the data have none.'],
    [['odd.csv', '--user', 'visitor'], 2, 'Columns are named, but not both that of the user and that of the item.'],
  ])('refuses %j', async (words, code, message) => {
    const given = words.map((word) => (['films.yaml', 'odd.csv'].includes(word) ? at(word) : word));
    const out = given.includes('--out') ? [] : ['--out', at('refused.yaml')];
    const { exitCode, stderr } = await outcome('init', ...given, ...out);
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)]);
  });
});
