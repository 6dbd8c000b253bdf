import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Peak memory in MB as far as it was seen; 0 where the system does not tell. */
  readonly peakMB: number;
}

export interface CommandOptions {
  /** Folder that it starts in. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds after which a signal is sent. */
  readonly after?: number;
  /** SIGKILL by default. */
  readonly send?: NodeJS.Signals;
  /** Seconds after which it is killed as hung; 120 by default. */
  readonly limit?: number;
}

/** Runs the built `farzi` command in a process of its own. */
export async function farzi(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const { folder, environment = {}, after, send = 'SIGKILL', limit = 120 } = options;
  const started = performance.now();
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, ...environment } });
  let [stdout, stderr, peakMB] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const watch = setInterval(() => (peakMB = Math.max(peakMB, residentMB(child))), 50);
  const timers = [setTimeout(() => child.kill('SIGKILL'), limit * 1000)];
  if (after !== undefined) timers.push(setTimeout(() => child.kill(send), after * 1000));
  try {
    return await new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        resolve({ code, signal, stdout, stderr, seconds: (performance.now() - started) / 1000, peakMB });
      });
    });
  } finally {
    clearInterval(watch);
    timers.forEach(clearTimeout);
  }
}

/** Peak resident memory of a process, where the system has it in a file. */
function residentMB({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
