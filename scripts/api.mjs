/**
 * The public API of each package, as reports in docs/api that are committed: a change of it is seen in review.
 *
 *   node scripts/api.mjs                 writes them; packages have to be built
 *   node scripts/api.mjs --check         fails where one is not what is committed
 *   node scripts/api.mjs --since main    fails where one has changed since that commit, and no changeset was added
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { capture, publishedPackages, root } from './commands.mjs';

const FOLDER = 'docs/api';
const [mode, since] = process.argv.slice(2);

if (mode === '--since') requireChangeset(since ?? 'main');
else {
  const temporary = mkdtempSync(join(tmpdir(), 'farzi-api-'));
  try {
    for (const { entry, report } of reports(temporary)) {
      const file = join(root, FOLDER, entry.name);
      const committed = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      if (report === committed) continue;
      if (mode === '--check') {
        console.error(`The public API of ${entry.path} is not that of ${FOLDER}/${entry.name}: run pnpm docs:api, and add a changeset.`);
        process.exitCode = 1;
      } else {
        mkdirSync(join(root, FOLDER), { recursive: true });
        writeFileSync(file, report);
        console.log(`${FOLDER}/${entry.name}`);
      }
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Whatever may be imported and has types. */
function entryPoints() {
  return publishedPackages().flatMap(({ folder, manifest }) =>
    Object.entries(/** @type {Record<string, { types?: string }>} */ (manifest.exports ?? {}))
      .filter(([, { types }]) => types !== undefined)
      .map(([path, { types = '' }]) => {
        const name = manifest.name.replace('@farzi/', '') + path.slice(1).replace('/', '-');
        return { path: manifest.name + path.slice(1), name: `${name}.api.md`, folder, types: join(folder, types) };
      }),
  );
}

/**
 * The report of each entry point.
 *
 * @param {string} temporary a folder
 */
function reports(temporary) {
  const entries = entryPoints().map((entry) => ({ entry, config: configOf(entry, temporary) }));
  // one program for all: they import each other, and the types of TensorFlow.js take long to read
  const [first, ...others] = entries.map(({ config }) => config);
  const compilerState = CompilerState.create(/** @type {ExtractorConfig} */ (first), {
    additionalEntryPoints: others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
  });
  return entries.map(({ entry, config }) => {
    Extractor.invoke(config, {
      compilerState,
      localBuild: true,
      messageCallback: (message) => {
        message.logLevel = ExtractorLogLevel.None;
      },
    });
    return { entry, report: readFileSync(join(temporary, entry.name), 'utf8') };
  });
}

/** @param {{ name: string, folder: string, types: string }} entry @param {string} temporary */
function configOf({ name, folder, types }, temporary) {
  const compilerOptions = { module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022', skipLibCheck: true, types: ['node'] };
  const silent = { logLevel: ExtractorLogLevel.None };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      newlineKind: 'lf',
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: { enabled: true, reportFolder: temporary, reportTempFolder: join(temporary, 'temporary'), reportFileName: name },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: { extractorMessageReporting: { default: silent }, tsdocMessageReporting: { default: silent } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  });
}

/** @param {string} commit */
function requireChangeset(commit) {
  const changed = (/** @type {string[]} */ ...what) => {
    const { status, stdout, stderr } = capture('git', ['diff', '--name-only', ...what], { cwd: root });
    if (status !== 0) throw new Error(stderr);
    return stdout.split('\n').filter((line) => line !== '');
  };
  const reports = changed(commit, '--', FOLDER);
  const changesets = changed('--diff-filter=AM', commit, '--', '.changeset/*.md');
  if (reports.length === 0 || changesets.length > 0) return;
  console.error(`The public API has changed since ${commit} (${reports.join(', ')}), and there is no new changeset: npx changeset.`);
  process.exitCode = 1;
}
