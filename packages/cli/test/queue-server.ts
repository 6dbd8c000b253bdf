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
