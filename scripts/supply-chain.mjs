/**
 * What installing brings along: packages with install scripts must be those that docs/air-gapped.md and
 * pnpm-workspace.yaml name, and no production dependency may have a known vulnerability. The latter is skipped, with a
 * note, where the registry does not answer.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pnpmOutput, publishedPackages, readManifest, root } from './commands.mjs';

const page = 'docs/air-gapped.md';
const complaints = [...checkInstallScripts(), ...audit()];
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** @returns {string[]} */
function checkInstallScripts() {
  const production = withInstallScripts(['--prod']);
  const all = withInstallScripts([]);
  const told = namesOnPage();
  const workspace = /** @type {{ ignoredBuiltDependencies: string[] }} */ (parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')));
  const ignored = new Set(workspace.ignoredBuiltDependencies);
  // Installed by users only, and only if they ask for it; some bring packages with scripts of their own. Those that
  // are installed here as well, to work on them, are seen like all others.
  const peers = publishedPackages().flatMap(({ manifest }) =>
    Object.keys(manifest.peerDependenciesMeta ?? {}).filter((name) => !(name in (manifest.devDependencies ?? {}))),
  );
  const known = new Set([...all, ...peers, ...ignored]);
  console.log(`Packages with install scripts: ${[...production].join(', ')}; for working on this repository: ${[...all].join(', ')}.`);
  return [
    ...[...production, ...peers]
      .filter((name) => !told.has(name))
      .map((name) => `The page ${page} does not name ${name}, which has an install script.`),
    ...[...told]
      .filter((name) => !known.has(name))
      .map((name) => `The page ${page} names ${name}, which is not installed or has no install script.`),
    ...[...all]
      .filter((name) => !ignored.has(name))
      .map((name) => `The file pnpm-workspace.yaml does not say what becomes of the install script of ${name}.`),
    ...[...ignored]
      .filter((name) => !all.has(name) && !told.has(name))
      .map((name) => `The file pnpm-workspace.yaml names ${name}, which has no install script.`),
  ];
}

/**
 * Names of the installed packages whose installation runs code of theirs.
 *
 * @param {readonly string[]} which
 */
function withInstallScripts(which) {
  const { status, stdout, stderr } = pnpmOutput(['list', '--recursive', ...which, '--depth', 'Infinity', '--parseable']);
  if (status !== 0) throw new Error(`The packages cannot be listed by pnpm: ${stderr.trim()}.`);
  // Packages of this repository are not below node_modules; packages for other systems are not there.
  const folders = new Set(stdout.split('\n').filter((path) => path.includes('node_modules') && existsSync(path)));
  return new Set([...folders].filter(runsCode).map((path) => readManifest(path).name));
}

/** @param {string} folder */
function runsCode(folder) {
  const { scripts = {} } = readManifest(folder);
  // npm and pnpm run node-gyp for a binding.gyp without being asked.
  return ['preinstall', 'install', 'postinstall'].some((name) => name in scripts) || existsSync(join(folder, 'binding.gyp'));
}

/** The packages in the page's table of install scripts. */
function namesOnPage() {
  const section = readFileSync(join(root, page), 'utf8')
    .split(/^#{2,3} /m)
    .find((each) => each.startsWith('Install scripts'));
  if (section === undefined) throw new Error(`The page ${page} has no section "Install scripts".`);
  return new Set([...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => /** @type {string} */ (name)));
}

/** @returns {string[]} */
function audit() {
  const { stdout, stderr } = pnpmOutput(['audit', '--prod', '--json', '--config.fetchTimeout=20000', '--config.fetchRetries=1']);
  /** @type {{ error?: { code: string, message: string }, advisories?: Record<string, { module_name: string, title: string, url: string }> }} */
  let answer;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return [`The answer of pnpm audit is not JSON: ${stdout}${stderr}`];
  }
  if (answer.error !== undefined) {
    console.warn(`NOT CHECKED: known vulnerabilities. The registry does not answer: ${answer.error.message}`);
    return [];
  }
  return Object.values(answer.advisories ?? {}).map(({ module_name, title, url }) => `${module_name}: ${title} (${url}).`);
}
