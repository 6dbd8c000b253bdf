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
  /** Seconds from the line that {@link CommandOptions.from} looks for. */
  readonly secondsFrom: number;
  /** Peak memory in MB as far as it was seen; 0 where the system does not tell. */
  readonly peakMB: number;
}

export interface CommandOptions {
  /** Folder that it starts in. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A command that starts it, before its own words. */
  readonly around?: readonly string[];
  /** What stderr shows when seconds begin to count; its start by default. */
  readonly from?: RegExp;
  /** Seconds after which a signal is sent. */
  readonly after?: number;
  /** SIGKILL by default. */
  readonly send?: NodeJS.Signals;
  /** Seconds after which it is killed as hung; 120 by default. */
  readonly limit?: number;
}

/** Runs the built `farzi` command in a process of its own. */
export async function farzi(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const { folder, environment = {}, around = [], from, after, send = 'SIGKILL', limit = 120 } = options;
  const started = performance.now();
  const [command = '', ...words] = [...around, process.execPath, main, ...args];
  const child = spawn(command, words, { cwd: folder, env: { ...process.env, ...environment } });
  let [stdout, stderr, peakMB] = ['', '', 0];
  let since: number | undefined;
  const timers = [setTimeout(() => child.kill('SIGKILL'), limit * 1000)];
  const look = (): void => {
    if (since !== undefined || from?.test(stderr) === false) return;
    since = performance.now();
    if (after !== undefined) timers.push(setTimeout(() => child.kill(send), after * 1000));
  };
  look();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    look();
  });
  const watch = setInterval(() => (peakMB = Math.max(peakMB, peakMemory(child))), 50);
  try {
    return await new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        const [seconds, secondsFrom] = [started, since ?? started].map((time) => (performance.now() - time) / 1000) as [number, number];
        resolve({ code, signal, stdout, stderr, seconds, secondsFrom, peakMB });
      });
    });
  } finally {
    clearInterval(watch);
    timers.forEach(clearTimeout);
  }
}

/** Peak resident memory of a process in MB, where the system has it in a file. */
function peakMemory({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
