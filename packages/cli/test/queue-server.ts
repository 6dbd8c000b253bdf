import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A real server that queues are on, which can be killed and started again. */
export interface QueueServer {
  /** Without the password. */
  readonly url: string;
  readonly password: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Loses all jobs that it was told, and what it told of them. */
  forget(): Promise<void>;
  /** Ends it, and leaves nothing of it behind. */
  dispose(): Promise<void>;
}

/** A port that nobody listens on. */
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

/** Whether somebody listens on a port. */
export const listens = (port: number): Promise<boolean> =>
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
