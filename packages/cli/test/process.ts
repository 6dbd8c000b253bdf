import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PACKAGES = join(ROOT, 'packages');
const MAIN = join(PACKAGES, 'cli', 'dist', 'main.js');

/** The time of the newest file of a folder, in ms. */
const newest = (folder: string, ending: string): number =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith(ending) && !name.endsWith(`.test${ending}`))
        .reduce((latest, name) => Math.max(latest, statSync(join(folder, name)).mtimeMs), 0)
    : 0;

// a process that starts with sources takes three times as long
for (const name of readdirSync(PACKAGES)) {
  if (newest(join(PACKAGES, name, 'dist'), '.js') < newest(join(PACKAGES, name, 'src'), '.ts'))
    throw new Error(`The build of packages/${name} is older than its sources: run npm run build.`);
}

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

/** Starts the built `farzi`, as a user does. */
export function startFarzi(argv: readonly string[], { around = [], environment = {}, output }: StartOptions = {}): Running {
  const [command = '', ...words] = [...around, process.execPath, MAIN, ...argv];
  const child = spawn(command, words, {
    cwd: ROOT,
    env: { ...process.env, FARZI_EXECUTOR: 'inline', ...environment },
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
