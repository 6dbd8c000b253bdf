import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..', '..');
const MAIN = join(HERE, '..', 'src', 'main.ts');

/** How a command ended; the exit code is `null` after a signal. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs in a process of its own, which can be killed. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  stderr(): string;
  /** What it has written so far, to stdout and stderr. */
  output(): string;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  /** A command that starts it, before its own words. */
  readonly around?: readonly string[];
  /** On top of this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** An open file that stdout goes to. */
  readonly output?: number;
}

/** Starts `farzi` as a user does. */
export function startFarzi(argv: readonly string[], { around = [], environment = {}, output }: StartOptions = {}): Running {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;
  const [command = '', ...words] = [...around, process.execPath, '--import', loader, MAIN, ...argv];
  const child = spawn(command, words, {
    cwd: ROOT,
    env: {
      ...process.env,
      // the loader of sources should leave nothing behind, either
      FARZI_EXECUTOR: 'inline',
      TSX_DISABLE_CACHE: '1',
      TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json'),
      ...environment,
    },
    stdio: ['ignore', output ?? 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, signal, stdout, stderr });
    });
  });
  return { child, stderr: () => stderr, output: () => stdout + stderr, ended };
}
