import { FarziError } from '@farzi/core/errors';
import { errorText } from './error-text.js';
import { exitCodes } from './exit.js';

/** What a stream knows of the terminal behind it, if there is one. */
interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** A stream of the process, which takes anything. */
export type Stream = NodeJS.WritableStream & Screen;

/** Where a command writes: what cannot be printed is replaced. */
export interface Output extends Screen {
  write(text: string): void;
}

/** The world outside of the command, so that tests can stand in for it. */
export interface World {
  /** Where somebody may answer; nobody does without it. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Emits SIGINT and SIGTERM. */
  readonly signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  /** Milliseconds. */
  now(): number;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** What commands get of it. */
export interface Io extends Omit<World, 'stdout' | 'stderr'> {
  /** Results. */
  readonly stdout: Output;
  /** Progress and errors. */
  readonly stderr: Output;
  /** The stream behind `stderr`, for what moves the cursor; whatever else it writes has to be printable. */
  readonly screen: Stream;
}

/** The world of this process. */
export function processWorld(): World {
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
    stdin: process.stdin,
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
