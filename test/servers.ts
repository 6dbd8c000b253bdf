import type { ChildProcess } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A port of this machine that nobody listens to. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
      });
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });

/** Asks again and again, for ten seconds. */
export async function until(done: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  for (let tries = 0; !(await done()); tries++) {
    if (tries === 200) throw new Error(otherwise);
    await wait(50);
  }
}

/**
 * Waits until somebody listens to a port of this machine.
 *
 * @param who - the beginning of a sentence about it
 */
export const listening = (port: number, who: string): Promise<void> => until(() => answers(port), `${who} does not start.`);

/** Ends a server that was started, if it has not ended. */
export async function end(child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
