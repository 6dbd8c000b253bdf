/**
 * Installs @tensorflow/tfjs-node without its download: with a libtensorflow that is already on this machine, and an
 * addon built from the package's source.
 *
 *   node scripts/install-tfjs-node.mjs --library FOLDER|WHEEL [--into PROJECT] [--node-headers PREFIX] [--skip-npm]
 *
 * What it needs, and which libraries were tried: docs/air-gapped.md. Linux only.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { capture, exitWith, run } from './commands.mjs';

const packageName = '@tensorflow/tfjs-node';
const packageVersion = '4.22.0';
/** The version in the file names that the package's own scripts look for before they download. */
const expectedVersion = '2.9.1';

const usage = `usage: node scripts/install-tfjs-node.mjs --library FOLDER|WHEEL [--into PROJECT] [--node-headers PREFIX] [--skip-npm]

  --library       a folder with include/ and lib/ (an unpacked libtensorflow archive), an installed tensorflow Python package,
                  or a tensorflow_cpu wheel of version 2.12 or later
  --into          the project whose node_modules get the package (default: this folder)
  --node-headers  the folder whose include/node has this Node's headers (default: where Node is installed)
  --skip-npm      the package is in node_modules already: only build its addon`;

/** What the user must change; printed without a stack. */
class Refusal extends Error {}

/**
 * @typedef {{ include: string, tensorflow: string, framework: string }} Library Its headers and its two shared
 * libraries.
 */

/**
 * @param {string} folder
 * @param {RegExp} pattern
 * @returns {string | undefined} the first match: its name is what the addon will ask for, so that links are not
 *   followed
 */
function findFile(folder, pattern) {
  if (!existsSync(folder)) return undefined;
  const [name] = readdirSync(folder)
    .filter((file) => pattern.test(file))
    .sort();
  return name === undefined ? undefined : join(folder, name);
}

/**
 * The layouts in which libtensorflow comes: an archive with include/ and lib/, or the Python package, whose
 * libtensorflow_cc exports the same C API.
 *
 * @param {string} folder
 * @returns {Library}
 */
function libraryIn(folder) {
  const include = join(folder, 'include');
  for (const libraries of [join(folder, 'lib'), folder]) {
    const tensorflow = findFile(libraries, /^libtensorflow(_cc)?\.so\.2$/);
    const framework = findFile(libraries, /^libtensorflow_framework\.so\.2$/);
    const headers = existsSync(join(include, 'tensorflow', 'c', 'eager', 'c_api.h'));
    if (tensorflow !== undefined && framework !== undefined && headers) return { include, tensorflow, framework };
  }
  throw new Refusal(
    `The folder ${folder} holds no libtensorflow. It needs include/tensorflow/c/eager/c_api.h, and libtensorflow.so.2 or libtensorflow_cc.so.2 beside ` +
      'libtensorflow_framework.so.2, in lib/ or in the folder itself (wheels have them from version 2.12 on).',
  );
}

/**
 * @param {string} wheel
 * @param {string} folder where its library and headers are unpacked
 */
async function unpack(wheel, folder) {
  if (capture('unzip', ['-v']).status !== 0)
    throw new Refusal('Reading a wheel needs unzip: install it, or unpack the wheel and give its tensorflow folder.');
  console.log(`Unpacking ${basename(wheel)}`);
  await run('unzip', ['-q', '-o', wheel, 'tensorflow/libtensorflow*', 'tensorflow/include/tensorflow/*', '-d', folder]);
  return join(folder, 'tensorflow');
}

/**
 * Puts headers and libraries in the package's deps/, under the names its build, its addon and its install script look
 * for.
 *
 * @param {Library} library
 * @param {string} folder the package's
 */
function place({ include, tensorflow, framework }, folder) {
  const libraries = join(folder, 'deps', 'lib');
  rmSync(join(folder, 'deps'), { recursive: true, force: true });
  mkdirSync(libraries, { recursive: true });
  cpSync(join(include, 'tensorflow'), join(folder, 'deps', 'include', 'tensorflow'), { recursive: true, dereference: true });
  for (const [file, name] of [
    [tensorflow, 'libtensorflow.so'],
    [framework, 'libtensorflow_framework.so'],
  ]) {
    const recorded = basename(/** @type {string} */ (file));
    copyFileSync(realpathSync(/** @type {string} */ (file)), join(libraries, recorded));
    for (const link of [name, `${name}.${expectedVersion}`]) symlinkSync(recorded, join(libraries, /** @type {string} */ (link)));
  }
}

/** @param {string} given */
function nodeHeaders(given) {
  if (existsSync(join(given, 'include', 'node', 'node_api.h'))) return given;
  throw new Refusal(
    `The folder ${given}/include/node has no headers of Node: give --node-headers the folder of an unpacked Node ${process.version} archive (node-gyp would download them).`,
  );
}

/**
 * @template Result
 * @param {string} given a folder or a wheel
 * @param {(library: Library) => Promise<Result>} use called while the library is unpacked
 */
async function withLibrary(given, use) {
  if (!given.endsWith('.whl')) return use(libraryIn(given));
  const folder = mkdtempSync(join(tmpdir(), 'libtensorflow-'));
  try {
    return await use(libraryIn(await unpack(given, folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} project
 * @param {string} headers
 */
async function buildAddon(project, headers) {
  const folder = packageIn(project);
  // node-pre-gyp, which the package depends on, tells node-gyp the addon's name and place
  const builder = createRequire(join(folder, 'package.json')).resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
  await run(process.execPath, [builder, 'rebuild', '--build-from-source', `--nodedir=${headers}`], { cwd: folder });
  const trial = `const tf = require(${JSON.stringify(folder)}); tf.ones([2, 2]).matMul(tf.ones([2, 2])).sum().print();`;
  await run(process.execPath, ['-e', trial]);
  console.log(`The package ${packageName} ${packageVersion} works in ${project}.`);
}

/** @param {string} project */
function packageIn(project) {
  const folder = join(project, 'node_modules', packageName);
  if (!existsSync(folder))
    throw new Refusal(
      `The folder ${folder} does not exist: leave out --skip-npm, or install ${packageName}@${packageVersion} without its scripts.`,
    );
  return realpathSync(folder);
}

const { values } = parseArgs({
  options: {
    library: { type: 'string' },
    into: { type: 'string', default: '.' },
    'node-headers': { type: 'string', default: dirname(dirname(process.execPath)) },
    'skip-npm': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const { help, library: source } = values;
if (help || source === undefined) {
  console.log(usage);
  process.exit(help ? 0 : 2);
}
try {
  if (process.platform !== 'linux') throw new Refusal('This script knows the layout of libtensorflow on Linux only.');
  if (Number(process.versions.node.split('.')[0]) >= 23)
    throw new Refusal(
      `The package ${packageName} ${packageVersion} needs Node 22 or older, and this is ${process.version} (https://github.com/tensorflow/tfjs/issues/8609).`,
    );
  const project = resolve(values.into);
  const headers = nodeHeaders(resolve(values['node-headers']));
  await withLibrary(resolve(source), async (library) => {
    if (!values['skip-npm']) await run('npm', ['install', '--ignore-scripts', `${packageName}@${packageVersion}`], { cwd: project });
    place(library, packageIn(project));
  });
  await buildAddon(project, headers);
} catch (error) {
  if (!(error instanceof Refusal)) exitWith(error);
  console.error(error.message);
  process.exit(1);
}
