import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Answer, QUIT, type Said, STOP } from './messages.js';

/** Characters of what a process wrote last that are kept for whoever asks why it ended. */
const LAST_WORDS = 2000;

/** How long a process may take to end by itself. */
const PATIENCE_MILLISECONDS = 2000;

/** Whoever asks a process something. */
export interface Asker {
  /** Tells the process to stop, which answers with FARZI_INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
  /** Hears what it tells meanwhile. */
  readonly onNews?: (news: unknown) => void;
}

/** A process that does one thing after the other when it is asked to: a module that calls `respondWith`. */
export class AskedProcess<Request, Result> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #alive = true;
  #lastWords = '';

  constructor(module: URL) {
    this.#child = fork(fileURLToPath(module), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#lastWords = `${this.#lastWords}${chunk.toString()}`.slice(-LAST_WORDS)));
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#alive = false;
        resolve(how);
      };
      this.#child.once('error', (error) => {
        end(error.message);
      });
      // all that it wrote is there
      this.#child.once('close', (code, signal) => {
        end(
          `it ended with ${signal ?? `the exit code ${String(code)}`}${this.#lastWords === '' ? '' : `, after it wrote:\n${this.#lastWords.trimEnd()}\n`}`,
        );
      });
    });
  }

  /** False as soon as it is known to have ended. */
  get alive(): boolean {
    return this.#alive;
  }

  /** @throws an Error that says how the process ended, if it does so before it has answered */
  async ask(request: Request, { signal, onNews }: Asker): Promise<Answer<Result>> {
    const child = this.#child;
    const stop = (): void => this.#send(STOP);
    let hear: ((said: Said<Result>) => void) | undefined;
    const answer = new Promise<Answer<Result>>((resolve) => {
      hear = (said) => {
        if ('answer' in said) resolve(said.answer);
        else onNews?.(said.news);
      };
      child.on('message', hear);
    });
    this.#send({ request });
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([
        answer,
        this.#ended.then((how) => {
          throw new Error(how);
        }),
      ]);
    } finally {
      signal?.removeEventListener('abort', stop);
      if (hear !== undefined) child.off('message', hear);
    }
  }

  /** Ends it, by force where it does not end by itself. */
  async close(): Promise<void> {
    // after a disconnect Node.js tells of no close
    this.#send(QUIT);
    const impatient = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MILLISECONDS);
    await this.#ended;
    clearTimeout(impatient);
  }

  /** A process that is gone does not hear it: that it has ended is told otherwise. */
  #send(message: { readonly request: Request } | typeof STOP | typeof QUIT): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
