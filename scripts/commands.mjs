/**
 * Running commands the same way on Linux, macOS and Windows. Uses nothing but Node, so that it works before
 * dependencies are installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const windows = process.platform === 'win32';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {object} Manifest The fields of a package.json that the scripts read.
 * @property {string} name
 * @property {string} version
 * @property {string} [packageManager]
 * @property {string | Record<string, string>} [bin]
 * @property {Record<string, unknown>} [exports]
 * @property {boolean} [private]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, unknown>} [peerDependenciesMeta]
 */

/**
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return /** @type {Manifest} */ (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}

/** The workspace's packages that are published, in alphabetical order. */
export function publishedPackages() {
  return readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, 'packages', entry.name))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** A command that did not succeed; `exitCode` is what this process should exit with. */
export class CommandError extends Error {
  /**
   * @param {string} commandLine
   * @param {number} exitCode
   */
  constructor(commandLine, exitCode) {
    super(`The command \`${commandLine}\` exited with code ${exitCode}.`);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command with this process' input and output. Signals meant for this process reach the command, which so gets
 * the time to finish its work; a terminal's Ctrl-C reaches it already, being sent to the whole foreground group.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<void>} rejected with a CommandError if the command fails or is killed
 */
export function run(command, args, { cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(...invocation(command, args), { cwd, stdio: 'inherit', shell: needsShell(command) });
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      if (!windows && !(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    };
    process.on('SIGINT', forward).on('SIGTERM', forward);
    const settle = () => process.off('SIGINT', forward).off('SIGTERM', forward);
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      const exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
      if (exitCode === 0) resolve();
      else reject(new CommandError([command, ...args].join(' '), exitCode));
    });
  });
}

/**
 * Runs a command to its end and returns what it printed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function capture(command, args, { cwd = root } = {}) {
  const { status, stdout, stderr, error } = spawnSync(...invocation(command, args), {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: needsShell(command),
    env: { ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' },
  });
  if (error) return { status: 127, stdout: '', stderr: error.message };
  return { status, stdout, stderr };
}

/**
 * Runs pnpm in the version the root package.json pins: the one on PATH if it is that version, else through npx.
 *
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean }} [options] quiet: show what pnpm prints only if it fails
 */
export async function pnpm(args, { quiet = false } = {}) {
  if (!quiet) {
    const [command, ...prefix] = pnpmCommand();
    return run(command, [...prefix, ...args]);
  }
  const { status, stdout, stderr } = pnpmOutput(args);
  if (status === 0) return;
  console.error(stdout + stderr);
  throw new CommandError(`pnpm ${args.join(' ')}`, status ?? 1);
}

/**
 * Runs the pinned pnpm to its end and returns what it printed.
 *
 * @param {readonly string[]} args
 */
export function pnpmOutput(args) {
  const [command, ...prefix] = pnpmCommand();
  return capture(command, [...prefix, ...args]);
}

/** Installs exactly what the lockfile says. */
export async function install() {
  // A node_modules folder made by another pnpm is replaced without asking.
  await pnpm(['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']);
}

/** Builds all packages, dependencies first. */
export async function build() {
  await pnpm(['--recursive', 'run', 'build']);
}

/**
 * Runs the command-line program of an installed development dependency.
 *
 * @param {string} name the npm package
 * @param {readonly string[]} args
 */
export async function tool(name, args) {
  const folder = join(root, 'node_modules', name);
  const { bin = {} } = readManifest(folder);
  const command = name.slice(name.indexOf('/') + 1);
  const file = typeof bin === 'string' ? bin : (bin[command] ?? Object.values(bin)[0]);
  if (file === undefined) throw new Error(`The package ${name} has no command-line program.`);
  await run(process.execPath, [join(folder, file), ...args]);
}

/**
 * Ends this process the way a failed command did, without a word if that was interrupted.
 *
 * @param {unknown} error
 * @returns {never}
 */
export function exitWith(error) {
  const exitCode = error instanceof CommandError ? error.exitCode : 1;
  if (exitCode !== 128 + constants.signals.SIGINT) console.error(error instanceof CommandError ? `\n${error.message}` : error);
  process.exit(exitCode);
}

/**
 * The pinned pnpm: the one on PATH if it is that version, else the one that npx installs. To ask npx takes seconds, and
 * processes that this one starts are told.
 *
 * @returns {[string, ...string[]]}
 */
function pnpmCommand() {
  const known = (process.env['FARZI_PNPM'] ??= pinnedPnpm());
  return known === 'pnpm' ? ['pnpm'] : [process.execPath, known];
}

/** The name of pnpm's program, or its file. */
function pinnedPnpm() {
  const pinned = readManifest(root).packageManager?.split('+')[0] ?? 'pnpm';
  if (pinned === `pnpm@${capture('pnpm', ['--version']).stdout.trim()}`) return 'pnpm';
  // in a folder without packages, which npx would look through
  const where = 'process.env.PATH.split(path.delimiter)[0]';
  const { status, stdout, stderr } = capture('npx', ['--yes', '--package', pinned, '--', 'node', '-p', where], { cwd: tmpdir() });
  if (status !== 0) throw new Error(`The package manager ${pinned} cannot be installed by npx: ${stderr.trim()}.`);
  return join(stdout.trim(), '..', 'pnpm', 'bin', 'pnpm.cjs');
}

/**
 * npm, npx and pnpm are batch files on Windows, which only a shell can start.
 *
 * @param {string} command
 */
function needsShell(command) {
  return windows && ['npm', 'npx', 'pnpm'].includes(command);
}

/**
 * A shell gets one command line, quoted here: Node joins arguments without quoting them.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[string, string[]]}
 */
function invocation(command, args) {
  if (!needsShell(command)) return [command, [...args]];
  return [[command, ...args].map((part) => (/[\s&()^]/.test(part) ? `"${part}"` : part)).join(' '), []];
}
