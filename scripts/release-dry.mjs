/**
 * What a release and the plugin of somebody else go through, without npm's registry: the packages are published to one
 * on this machine (verdaccio), a user installs the command from it into an empty folder, an author creates a plugin,
 * changes it, tests it, runs it, compares the runs and publishes it, and the user installs that. Tells what is called,
 * and what it answers.
 *
 *   pnpm release:dry      after a build
 *
 * Everything but the packages of this repository and that plugin comes from the usual registry.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { capture, readManifest, root } from './commands.mjs';
import { packAll } from './pack.mjs';

// the CUDA provider comes from a host of its own: see docs/air-gapped.md
process.env['ONNXRUNTIME_NODE_INSTALL'] ??= 'skip';

const folder = mkdtempSync(join(tmpdir(), 'farzi-release-'));
const port = await freePort();
const address = `127.0.0.1:${port}`;
const registry = startRegistry();
try {
  await isReady();
  await release();
  author();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  registry.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function release() {
  heading('The packages are published');
  const publisher = project('publisher');
  for (const { tarball } of await packAll(publisher)) call(publisher, 'npm', 'publish', tarball, '--loglevel', 'error');

  heading('A user installs the command, and runs an experiment');
  const user = project('user');
  copyFileSync(join(root, 'test', 'fixtures', 'tiny.yaml'), join(user, 'tiny.yaml'));
  call(user, 'npm', 'install', '@farzi/cli', '--loglevel', 'error');
  const { version } = readManifest(join(root, 'packages', 'cli'));
  expect(call(user, 'npx', 'farzi', '--version') === version, `The command does not say that its version is ${version}.`);
  call(user, 'npx', 'farzi', 'run', 'tiny.yaml', '--quiet');
  expect(existsSync(join(user, 'runs', 'tiny', 'summary.json')), 'The run wrote no summary.json.');
}

function author() {
  heading('An author creates a plugin, and makes it another');
  const home = join(folder, 'user');
  call(home, 'npx', 'farzi', 'create', 'plugin', '@me/farzi-model-forgetful', '--kind', 'model', '--out', 'forgetful');
  const plugin = join(home, 'forgetful');
  writeRegistry(plugin);
  change(join(plugin, 'src', 'index.ts'), 'decay: constant([], 0.5)', 'decay: constant([], 1)');
  call(plugin, 'npm', 'install', '--loglevel', 'error');
  const tested = call(plugin, 'npm', 'test', '--silent');
  expect(!tested.includes('TensorFlow.js in Node'), 'The conformance suite lets TensorFlow.js recommend another package.');

  heading('Runs it, and compares it with another size of itself');
  const few = ['teacher.maxSteps=25', 'training.maxSteps=25', 'distillation.outerSteps=2', 'evaluation.arms=[full, distilled]'];
  const quickly = ['--quiet', ...few.flatMap((each) => ['--set', each])];
  call(plugin, 'npx', 'farzi', 'run', 'experiment.yaml', ...quickly, '--out', 'runs/wide');
  call(plugin, 'npx', 'farzi', 'run', 'experiment.yaml', ...quickly, '--set', 'model.width=8', '--out', 'runs/narrow');
  call(plugin, 'npx', 'farzi', 'compare', 'runs/wide', 'runs/narrow');

  heading('Publishes it, and the user installs it');
  call(plugin, 'npx', 'changeset', 'version');
  call(plugin, 'npm', 'publish', '--loglevel', 'error', '--silent');
  call(home, 'npm', 'install', '@me/farzi-model-forgetful', '--loglevel', 'error');
  const installed = join(home, 'node_modules', '@me', 'farzi-model-forgetful');
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).sort();
  expect(names.join() === 'README.md,index.d.ts,index.js,package.json', `The plugin was published with ${names.join(', ')}.`);
  change(
    join(home, 'tiny.yaml'),
    'model: { id: sasrec, hiddenSize: 8, blocks: 1 }',
    'plugins: ["@me/farzi-model-forgetful"]\nmodel: { id: forgetful, width: 8 }',
  );
  call(home, 'npx', 'farzi', 'plugins', 'tiny.yaml', 'forgetful');
  const results = call(home, 'npx', 'farzi', 'run', 'tiny.yaml', '--quiet', '--out', 'runs/forgetful');
  expect(/^forgetful$/m.test(results), 'The run tells of no student of the plugin.');
}

/**
 * A new package of nobody.
 *
 * @param {string} name
 */
function project(name) {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, private: true }));
  writeRegistry(place);
  return place;
}

/** @param {string} place */
function writeRegistry(place) {
  const scopes = ['@farzi', '@me'].map((scope) => `${scope}:registry=http://${address}/`);
  // it lets everybody in, and npm wants to have logged in somewhere
  writeFileSync(join(place, '.npmrc'), [...scopes, `//${address}/:_authToken=anybody`, 'audit=false', 'fund=false', ''].join('\n'));
}

/**
 * @param {string} file
 * @param {string} from
 * @param {string} to
 */
function change(file, from, to) {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`The file ${file} does not hold ${JSON.stringify(from)}.`);
  writeFileSync(file, text.replace(from, to));
  console.log(`(${from.trim()}  becomes  ${to.replaceAll('\n', '; ')})`);
}

/**
 * Tells a command and what it says.
 *
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
function call(cwd, command, ...args) {
  console.log(`${cwd.slice(folder.length + 1)}$ ${[command, ...args].join(' ').replaceAll(`${folder}/`, '')}`);
  const { status, stdout, stderr } = capture(command, args, { cwd });
  const said = `${stdout}${stderr}`.trim();
  if (said !== '') console.log(said.replaceAll(/^/gm, '  '));
  if (status !== 0) throw new Error(`The command \`${[command, ...args].join(' ')}\` exited with code ${status ?? 'none'}.`);
  return said;
}

/**
 * @param {boolean} holds
 * @param {string} message
 */
function expect(holds, message) {
  if (!holds) throw new Error(message);
}

/** @param {string} text */
function heading(text) {
  console.log(`\n## ${text}\n`);
}

function startRegistry() {
  const config = join(folder, 'registry.yaml');
  writeFileSync(
    config,
    `storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
packages: { '**': { access: $all, publish: $all } }
max_body_size: 50mb
log: { type: stdout, level: error }
`,
  );
  const verdaccio = join(root, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
  return spawn(process.execPath, [verdaccio, '--config', config, '--listen', address], { stdio: ['ignore', 'inherit', 'ignore'] });
}

async function isReady() {
  for (let tries = 0; tries < 300; tries++) {
    if (registry.exitCode !== null) break;
    const answer = await fetch(`http://${address}/-/ping`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error('The local registry does not answer.');
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const place = server.address();
      server.close(() => {
        resolve(typeof place === 'object' && place !== null ? place.port : 0);
      });
    });
  });
}
