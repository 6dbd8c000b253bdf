import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** Where tsx finds what the packages' names stand for. */
const root = resolve(dirname(main), '..', '..', '..');

/** A call of the command in a process of its own, which can be killed. */
export interface FarziProcess {
  readonly process: ChildProcess;
  /** Resolves when it is over; the exit code is `null` after a signal. */
  readonly outcome: Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>;
}

/**
 * Starts `farzi` with some arguments.
 *
 * @param output - where stdout goes instead of to the outcome: an open file
 */
export function startFarzi(argv: readonly string[], output: number | 'pipe' = 'pipe'): FarziProcess {
  const child = spawn(process.execPath, ['--import', tsx, main, ...argv], { cwd: root, stdio: ['ignore', output, 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const outcome = new Promise<Awaited<FarziProcess['outcome']>>((done, fail) => {
    child.on('error', fail).on('close', (exitCode) => {
      done({ exitCode, stdout, stderr });
    });
  });
  return { process: child, outcome };
}
