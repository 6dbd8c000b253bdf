import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { end, freePort, until } from '../../../test/servers.js';
import type { QueueServer } from './queue-server.js';

/** Where Debian puts the programs of the server, which are not meant to be called by name. */
const DEBIAN = '/usr/lib/postgresql';

/** Programs of the server, and of its clients. */
const PROGRAMS = ['initdb', 'postgres', 'pg_isready', 'psql'];

/** The folder with all of the programs. */
function programs(): string | undefined {
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin')) : [];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...debian.reverse()];
  return folders.find((folder) => PROGRAMS.every((program) => existsSync(join(folder, program))));
}

/** Why there is no server to test with, if there is none. */
export function whyNoPostgres(): string | undefined {
  if (process.platform === 'win32') return 'the tests start a PostgreSQL server only where there are POSIX users';
  if (programs() === undefined) return `there is no PostgreSQL server here (neither in a folder of PATH nor below ${DEBIAN})`;
  return undefined;
}

/** Whom the server runs as: it refuses to be run by root. */
function owner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((which) =>
      Number(spawnSync('id', [which, name], { encoding: 'utf8' }).stdout.trim() || Number.NaN),
    );
    if (uid !== undefined && gid !== undefined && Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  }
  throw new Error('There is neither a user postgres nor a user nobody that the PostgreSQL server could run as.');
}

/** A PostgreSQL server with the database jobs, which belongs to a user without other rights. */
export class PostgresServer implements QueueServer {
  readonly password = randomBytes(16).toString('hex');
  readonly #adminPassword = randomBytes(16).toString('hex');
  readonly #programs = programs() ?? '';
  readonly #owner = owner();
  readonly #folder = mkdtempSync(join(tmpdir(), 'farzi-postgres-'));
  #child: ChildProcess | undefined;

  private constructor(readonly port: number) {}

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort());
    try {
      server.#initialize();
      await server.start();
      server.#tell('postgres', `CREATE ROLE farzi LOGIN PASSWORD '${server.password}'`);
      server.#tell('postgres', 'CREATE DATABASE jobs OWNER farzi');
      return server;
    } catch (error) {
      await server.dispose();
      throw error;
    }
  }

  get url(): string {
    return `postgres://farzi@127.0.0.1:${this.port}/jobs`;
  }

  async start(): Promise<void> {
    let child: ChildProcess | undefined;
    await until(() => {
      // one that was killed may leave children, for a moment, without which a new one does not start
      if (child === undefined || child.exitCode !== null) {
        const options = ['-D', this.#data, '-p', String(this.port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
        child = spawn(join(this.#programs, 'postgres'), options, { stdio: 'ignore', ...this.#owner });
        this.#child = child;
      }
      return this.#run('pg_isready', ['-h', '127.0.0.1', '-p', String(this.port)]).status === 0;
    }, 'The PostgreSQL server does not start.');
  }

  forget(): Promise<void> {
    this.#tell('jobs', 'DELETE FROM farzi.job; DELETE FROM farzi.event');
    return Promise.resolve();
  }

  kill(): Promise<void> {
    return end(this.#child);
  }

  async dispose(): Promise<void> {
    await end(this.#child, 'SIGQUIT');
    rmSync(this.#folder, { recursive: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  #initialize(): void {
    const file = join(this.#folder, 'password');
    writeFileSync(file, this.#adminPassword, { mode: 0o600 });
    if (this.#owner !== undefined) for (const path of [this.#folder, file]) chownSync(path, this.#owner.uid, this.#owner.gid);
    const words = [
      '-D',
      this.#data,
      '-U',
      'admin',
      '--auth=scram-sha-256',
      `--pwfile=${file}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ];
    const { status, stderr } = this.#run('initdb', words);
    if (status !== 0) throw new Error(`The PostgreSQL server cannot be made: ${stderr}`);
  }

  #tell(database: string, statement: string): void {
    const words = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'admin', '-d', database, '-q', '-c', statement];
    const { status, stderr } = this.#run('psql', words);
    if (status !== 0) throw new Error(`The PostgreSQL server does not do as it is told: ${stderr}`);
  }

  #run(program: string, words: readonly string[]) {
    const env = { ...process.env, PGPASSWORD: this.#adminPassword };
    return spawnSync(join(this.#programs, program), words, { encoding: 'utf8', env, cwd: this.#folder, ...this.#owner });
  }
}
