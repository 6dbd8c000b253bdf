import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, freePort, listening } from '../../../test/servers.js';
import type { QueueServer } from './queue-server.js';

/** Why there is no server to test with, if there is none. */
export function whyNoRedis(): string | undefined {
  const { status, error } = spawnSync('redis-server', ['--version']);
  return status === 0 ? undefined : `there is no redis-server here (${error?.message ?? `exit code ${String(status)}`})`;
}

/** A Redis server that writes down all that it is told. */
export class RedisServer implements QueueServer {
  readonly password = randomBytes(16).toString('hex');
  readonly #folder = mkdtempSync(join(tmpdir(), 'farzi-redis-'));
  #child: ChildProcess | undefined;

  private constructor(readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const options = { port: this.port, bind: '127.0.0.1', dir: this.#folder, appendonly: 'yes', save: '', requirepass: this.password };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn('redis-server', words, { stdio: 'ignore' });
    await listening(this.port, 'The Redis server');
  }

  async forget(): Promise<void> {
    await this.kill();
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name), { recursive: true });
    await this.start();
  }

  kill(): Promise<void> {
    return end(this.#child);
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
