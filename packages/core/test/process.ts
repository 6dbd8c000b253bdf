import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** A process of its own, which runs a script of the sources. */
export interface Script {
  readonly process: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** Resolves when it is over; `null` after a signal. */
  readonly exitCode: Promise<number | null>;
  /** Resolves when it has written something to stdout; rejects when it ends without. */
  said(text: string): Promise<void>;
}

/**
 * Starts a script.
 *
 * @param file - from the root of the repository
 */
export function startScript(file: string, ...args: readonly string[]): Script {
  const child = spawn(process.execPath, ['--import', tsx, resolve(root, file), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return {
    process: child,
    output,
    exitCode: new Promise((done, fail) => child.on('close', done).on('error', fail)),
    said: (text) =>
      new Promise((done, fail) => {
        const look = (): void => {
          if (output.stdout.includes(text)) done();
        };
        child.stdout.on('data', look);
        child.on('close', () => fail(new Error(`ended without "${text}": ${output.stderr}`)));
        look();
      }),
  };
}
