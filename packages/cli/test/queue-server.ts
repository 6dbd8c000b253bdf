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

/** Asks again and again, for ten seconds. */
export async function until(done: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  for (let tries = 0; !(await done()); tries++) {
    if (tries === 200) throw new Error(otherwise);
    await wait(50);
  }
}
