import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(HERE, '..', 'src', 'main.ts');

/** A command that runs in a process of its own. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  stderr(): string;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string }>;
}

/**
 * Starts `farzi` as a user does.
 *
 * @param around - a command that starts it, before its own words
 * @param environment - on top of this process's
 */
export function startFarzi(
  argv: readonly string[],
  { around = [], environment = {} }: { around?: readonly string[]; environment?: Readonly<Record<string, string | undefined>> } = {},
): Running {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;
  const [command = '', ...words] = [...around, process.execPath, '--import', loader, MAIN, ...argv];
  const child = spawn(command, words, {
    env: {
      ...process.env,
      // the loader of sources should leave nothing behind, either
      TSX_DISABLE_CACHE: '1',
      TSX_TSCONFIG_PATH: join(HERE, '..', '..', '..', 'tsconfig.json'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Awaited<Running['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, signal, stdout });
    });
  });
  return { child, stderr: () => stderr, ended };
}
