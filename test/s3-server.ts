import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, freePort, listening } from './servers.js';

/** Why there is no S3-compatible server to test with, if there is none. */
export function whyNoS3(): string | undefined {
  const { status, error } = spawnSync('versitygw', ['--version']);
  return status === 0 ? undefined : `there is no versitygw here (${error?.message ?? `exit code ${String(status)}`})`;
}

/** What programs find in their environment. */
type Credentials = Readonly<Record<'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY', string>>;

const newCredentials = (id: string): Credentials => ({
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: randomBytes(16).toString('hex'),
});

/** An S3-compatible server, the Versity gateway, that can be killed and started again. */
export class S3Server {
  /** Of somebody who may do anything. */
  readonly credentials = newCredentials('farzi');
  /** Of somebody whom the server knows, and who may do nothing. */
  readonly guest = newCredentials('guest');
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** Starts one with a bucket. */
  static async start(folder: string, bucket: string): Promise<S3Server> {
    const server = new S3Server(await freePort(), join(folder, 's3'));
    for (const each of ['users', 'about', join('buckets', bucket)]) mkdirSync(join(server.folder, each), { recursive: true });
    const { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret } = server.guest;
    const users = { accessAccounts: { [access]: { access, secret, role: 'user' } } };
    writeFileSync(join(server.folder, 'users', 'users.json'), JSON.stringify(users));
    await server.start();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The address of a place there: of a bucket, and of a prefix in it if need be. */
  address(path: string): string {
    return `s3://${path}?endpoint=${this.endpoint}`;
  }

  async start(): Promise<void> {
    const { folder, credentials } = this;
    const words = ['--port', `127.0.0.1:${this.port}`, '--quiet', '--iam-dir', join(folder, 'users')];
    // not every file system keeps attributes
    const backend = ['posix', '--sidecar', join(folder, 'about'), join(folder, 'buckets')];
    const env = { ...process.env, ROOT_ACCESS_KEY: credentials.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: credentials.AWS_SECRET_ACCESS_KEY };
    this.#child = spawn('versitygw', [...words, ...backend], { stdio: 'ignore', env });
    await listening(this.port, 'The S3 server');
  }

  kill(): Promise<void> {
    return end(this.#child);
  }
}
