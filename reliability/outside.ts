import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { type Attempt, type Check, tallied, wordsOf } from './check.js';
import { enginesHere } from './engines.js';
import { Toy } from './toy.js';

/** Calls that change a file system, and those that reach a network. */
const CHANGING = [
  'mkdir',
  'mkdirat',
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
  'rmdir',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
];
const SOCKETS = /\b(socket|bind|listen|connect|sendto|sendmsg|sendmmsg)\(/;

/** Native code is seen, too; it may be missing, or forbidden. */
const traceable = (): boolean => spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** Sockets, and files beside the run directory. */
export const outside: Check = {
  id: 'outside',
  about:
    'Commands run with a home and a folder for temporary files of their own, and every call to the system is seen (strace); no socket may be opened, and nothing changed outside the run directory but scratch files that are gone afterwards.',
  run: async (context) => {
    if (!traceable()) return [{ subject: 'run', tried: 0, wrong: [], skipped: 'there is no strace here, or it is not allowed' }];
    const engines = await enginesHere();
    const cases = ['{ id: stored }', '{ id: stored, memoryBudget: 0.001 }'].flatMap((trajectory) =>
      engines.map((engine) => ({
        subject: `run, ${engine}`,
        settings: [`engine=${engine}`, `distillation.metaOptimizer.trajectory=${trajectory}`],
        words: undefined,
      })),
    );
    const toy = new Toy(join(context.folder, 'reading'));
    await toy.whole('run');
    const reading = [['inspect', 'run'], ['validate', 'toy.yaml'], ['validate', 'toy.yaml', '--estimate'], ['plugins'], ['doctor']].map(
      (words) => ({
        subject: words.join(' '),
        settings: [],
        words,
      }),
    );
    return tallied(context, [...cases, ...reading], ({ words, settings }, own) =>
      words === undefined ? traced(new Toy(join(own, 'toy'), ...settings), own) : traced(toy, own, words),
    );
  },
};

async function traced(toy: Toy, folder: string, words?: readonly string[]): Promise<Attempt> {
  const [home, temporary, trace] = ['home', 'temporary', 'trace'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [home, temporary]) mkdirSync(path, { recursive: true });
  const options = {
    around: ['strace', '-f', '-qq', '-s', '4096', '-e', `trace=network,open,openat,creat,${CHANGING.join(',')}`, '-o', trace],
    environment: { HOME: home, TMPDIR: temporary, ORT_DISABLE_TELEMETRY: undefined, XDG_CACHE_HOME: undefined, FARZI_DATA_HOME: undefined },
  };
  const ended = await (words === undefined ? toy.run('run', ['--overwrite'], options) : toy.command(words, options));
  const allowed = [...(words === undefined ? [join(toy.folder, 'run')] : []), temporary];
  const calls = readFileSync(trace, 'utf8').split('\n');
  const wrong = [
    ...(ended.code === 0 ? [] : [wordsOf(ended)]),
    ...calls.filter((call) => SOCKETS.test(call)),
    ...calls.filter((call) => changed(call).some((path) => !isWithin(resolve(toy.folder, path), allowed))),
    ...[home, temporary].flatMap((path) =>
      readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => `${join(path, name)} is left`),
    ),
  ];
  return { wrong };
}

/** Paths that a call changes; those of devices are not files. */
function changed(call: string): string[] {
  const name = /\b(\w+)\(/.exec(call)?.[1] ?? '';
  const opens = /^(open|openat|creat)$/.test(name);
  if (/= -1 E/.test(call) || (opens ? !/O_(WRONLY|RDWR|CREAT|TRUNC)/.test(call) : !CHANGING.includes(name))) return [];
  const paths = [...call.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path = '']) => path);
  return paths.filter((path) => !path.startsWith('/dev/') && !path.startsWith('/proc/self/'));
}

const isWithin = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}${sep}`));
