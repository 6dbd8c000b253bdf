import { isFarziError } from '@farzi/core';
import type { Io } from './io.js';
import { exitCodes } from './exit.js';

/** Process managers send a signal twice, to the process and to its group. */
const SAME_SIGNAL_MILLISECONDS = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Turns the first interruption into an abort and a later one into an exit. */
export class Interrupt {
  readonly #controller = new AbortController();
  #first: number | undefined;

  /**
   * @param onFirst - tells the user what happens now
   * @param beforeExit - leaves the terminal in order
   */
  constructor(
    private readonly io: Pick<Io, 'signals' | 'now' | 'exit'>,
    private readonly onFirst: () => void,
    private readonly beforeExit: () => void,
  ) {
    for (const name of SIGNALS) io.signals.on(name, this.#receive);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves signals to the process again. */
  dispose(): void {
    for (const name of SIGNALS) this.io.signals.off(name, this.#receive);
  }

  readonly #receive = (): void => {
    const now = this.io.now();
    if (this.#first === undefined) {
      this.#first = now;
      this.onFirst();
      this.#controller.abort();
    } else if (now - this.#first > SAME_SIGNAL_MILLISECONDS) {
      this.beforeExit();
      this.io.exit(exitCodes.interrupted);
    }
  };
}

/** A download or another part that only knows of the signal throws an error of its own. */
export function wasInterrupted(error: unknown, signal: AbortSignal): boolean {
  return isFarziError(error) ? error.code === 'FARZI_INTERRUPTED' : signal.aborted && error instanceof Error && error.name === 'AbortError';
}
