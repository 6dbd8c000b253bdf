import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, listening } from '../../../test/ports.js';

/** Why there is no server to test with, if there is none. */
export function whyNoRedis(): string | undefined {
  const { status, error } = spawnSync('redis-server', ['--version']);
  return status === 0 ? undefined : `there is no redis-server here (${error?.message ?? `exit code ${String(status)}`})`;
}

/** A Redis server that writes down all that it is told, and can be killed and started again. */
export class RedisServer {
  readonly password = randomBytes(16).toString('hex');
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async start(folder: string): Promise<RedisServer> {
    mkdirSync(join(folder, 'redis'), { recursive: true });
    const server = new RedisServer(await freePort(), join(folder, 'redis'));
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const options = { port: this.port, bind: '127.0.0.1', dir: this.folder, appendonly: 'yes', save: '', requirepass: this.password };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn('redis-server', words, { stdio: 'ignore' });
    await listening(this.port, 'The Redis server');
  }

  /** Loses all that it was told. */
  async forget(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
    mkdirSync(this.folder);
    await this.start();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}
