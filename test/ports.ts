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

/**
 * Waits until somebody listens to a port of this machine.
 *
 * @param who - the beginning of a sentence about it
 */
export async function listening(port: number, who: string): Promise<void> {
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 200) throw new Error(`${who} does not start.`);
    await wait(50);
  }
}
