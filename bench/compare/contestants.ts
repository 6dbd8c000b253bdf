import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtInEngines, surveyEngines } from '@farzi/core';
import { type Mode, REFERENCE } from './protocol.js';

/** Someone whose work is measured. */
export interface Contestant {
  readonly id: string;
  readonly modes: readonly Mode[];
  /** Thread counts to try. */
  readonly threads: readonly number[];
  readonly command: readonly [program: string, ...args: string[]];
  readonly environment: NodeJS.ProcessEnv;
}

/** Someone who cannot take part, and why. */
export interface Absence {
  readonly id: string;
  readonly reason: string;
}

/** Who takes part. */
export interface Field {
  readonly contestants: readonly Contestant[];
  readonly absent: readonly Absence[];
}

/** Variables by which numeric libraries choose kernels and threads: a peer that is run at its best inherits none. */
const LIBRARY_VARIABLE =
  /^(OPENBLAS|GOTO|BLIS|BLAS|MKL|OMP|GOMP|KMP|NVPL|ARMPL|VECLIB|NUMEXPR|DNNL|ONEDNN|ATEN|TORCH|PYTORCH|XLA|JAX|TF)_|^LD_PRELOAD$/;

function freeEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !LIBRARY_VARIABLE.test(name)));
}

/** Names of the variables that peers do not inherit. */
export function removedVariables(): string[] {
  return Object.keys(process.env).filter((name) => LIBRARY_VARIABLE.test(name));
}

/** 1, 2, 4, ... and the number of cores. */
export function threadCounts(): number[] {
  const cores = availableParallelism();
  const counts = [];
  for (let count = 1; count < cores; count *= 2) counts.push(count);
  return [...counts, cores];
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** TensorFlow.js does not let anyone choose its threads, and on a GPU they compute nothing. */
const usesThreads = (id: string): boolean => id === 'onnx' || id === 'onnx-web';

/** Our engines: the usable ones among those wanted. */
export async function engineContestants(wanted: readonly string[], threads: readonly number[]): Promise<Field> {
  const contestants: Contestant[] = [];
  const absent: Absence[] = [];
  const definitions = builtInEngines.filter(({ id }) => wanted.includes(id));
  for (const { id, availability } of await surveyEngines(definitions)) {
    if (!availability.usable) {
      absent.push({ id, reason: availability.reason });
      continue;
    }
    contestants.push({
      id,
      modes: ['stored', 'training'],
      threads: usesThreads(id) ? threads : [availableParallelism()],
      command: [process.execPath, ...process.execArgv, pathOf('measure.ts'), '--engine', id],
      environment: process.env,
    });
  }
  // whoever comes first is what all others are compared with
  contestants.sort((a, b) => Number(b.id === REFERENCE) - Number(a.id === REFERENCE));
  return { contestants, absent };
}

const peerScripts = { pytorch: 'torch_peer.py', jax: 'jax_peer.py' } as const;

/** Ids of all peers. */
export const peerIds = Object.keys(peerScripts);

/** Where peers compute. */
export const devices = ['cpu', 'gpu'] as const;
export type Device = (typeof devices)[number];

/** The peers among those wanted that a Python interpreter can import. */
export function peerContestants(python: string, wanted: readonly string[], threads: readonly number[], device: Device): Field {
  const contestants: Contestant[] = [];
  const absent: Absence[] = [];
  for (const [id, script] of Object.entries(peerScripts)) {
    if (!wanted.includes(id)) continue;
    const command = [python, '-B', pathOf(`../peers/${script}`)] as const;
    const environment = freeEnvironment();
    const { status, stderr, error } = spawnSync(command[0], [...command.slice(1), '--about'], { env: environment, encoding: 'utf8' });
    if (status === 0) {
      contestants.push({
        id,
        modes: ['naive', 'stored', 'training'],
        threads: device === 'gpu' ? [availableParallelism()] : threads,
        command: [...command, '--device', device],
        environment,
      });
    } else absent.push({ id, reason: error?.message ?? lastLine(stderr) });
  }
  return { contestants, absent };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** One measurement to make. */
export interface Job {
  readonly contestant: Contestant;
  readonly mode: Mode;
  readonly threads: number;
  readonly repeats: number;
  readonly patience: number;
  /** Seconds after which the process is ended. */
  readonly limit: number;
  /** Folder that holds the exchange file, and gets what the process writes. */
  readonly folder: string;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** Name of the exchange file in a job's folder. */
export const EXCHANGE = 'exchange.safetensors';

/** Where a job's process writes the gradients of latents and decoder. */
export function gradientsOf({ folder, contestant, mode, threads }: Job): string {
  return join(folder, `${contestant.id}-${mode}-${threads}.safetensors`);
}

/** Runs a job in a process of its own: its answer, or why there is none. Rejects when its signal ends it. */
export async function run<R>(job: Job): Promise<{ readonly result: R } | { readonly reason: string }> {
  const { contestant, mode, threads, folder, limit } = job;
  const [program, ...args] = contestant.command;
  const result = join(folder, 'result.json');
  rmSync(result, { force: true });
  const options = { exchange: join(folder, EXCHANGE), result, gradients: gradientsOf(job), mode, threads, repeats: job.repeats };
  const child = spawn(
    program,
    [...args, ...Object.entries({ ...options, patience: job.patience }).flatMap(([name, value]) => [`--${name}`, String(value)])],
    { env: contestant.environment, stdio: ['ignore', 'ignore', 'pipe'], timeout: limit * 1000, killSignal: 'SIGKILL', signal: job.signal },
  );
  const started = performance.now();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-10_000)));
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });
  job.signal.throwIfAborted();
  if (code === 0 && existsSync(result)) return { result: JSON.parse(readFileSync(result, 'utf8')) as R };
  if (signal === null) return { reason: lastLine(errors) || `It exited with code ${String(code)}.` };
  const slow = performance.now() - started >= limit * 1000;
  return { reason: slow ? `It was not done after ${limit} s.` : `It was ended by ${signal}, probably for want of memory.` };
}
