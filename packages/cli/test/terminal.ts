import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { World } from '../src/io.js';
import { main } from '../src/program.js';

/** A stream that keeps what is written to it. */
export class Text extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A call of the command in this process. */
export interface Call {
  readonly exitCode: Promise<number>;
  readonly signals: EventEmitter;
  readonly stdout: { readonly text: string };
  readonly stderr: { readonly text: string };
}

/** Calls `farzi` with some arguments. */
export function farzi(...argv: readonly string[]): Call {
  return call(argv, {});
}

/** The same in a world that is another one in some respects. */
export function call(argv: readonly string[], other: Partial<World>): Call {
  const [stdout, stderr, signals] = [new Text(), new Text(), new EventEmitter()];
  const world: World = {
    stdout,
    stderr,
    signals,
    // processes are tried where the command is started as one
    environment: { FARZI_EXECUTOR: 'inline' },
    now: () => performance.now(),
    exit: () => {
      throw new Error('a test should not end the process');
    },
    ...other,
  };
  return { exitCode: main(argv, world), signals, stdout, stderr };
}

/** What a user sees of a finished call. */
export async function outcome(...argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = farzi(...argv);
  return { exitCode: await exitCode, stdout: stdout.text, stderr: stderr.text };
}
