import { FarziError } from '@farzi/core';
import { errorText } from './error-text.js';
import { exitCodes } from './exit.js';

/** Where a command writes. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** The world outside of a command, so that tests can stand in for it. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Progress and errors. */
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Emits SIGINT and SIGTERM. */
  readonly signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  /** Milliseconds. */
  now(): number;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** The world of this process. */
export function processIo(): Io {
  // A reader that has seen enough, such as head, closes the pipe.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    const refusal = new FarziError('FARZI_FILE_SYSTEM', `Cannot write the results to stdout: ${error.message}.`, {
      hint: 'What the command wrote to files is there. Send its output elsewhere, and call it again.',
    });
    process.stderr.write(errorText(refusal, false));
    process.exit(exitCodes.failure);
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    signals: process,
    now: () => performance.now(),
    exit: (code) => {
      process.exit(code);
    },
  };
}
