import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve as resolveModule } from 'import-meta-resolve';
import { FarziError, reasonOf } from '../errors.js';
import type { Plugin } from './define.js';
import { requireShape } from './shape.js';

const isPath = (specifier: string): boolean => /^\.{1,2}[\\/]/.test(specifier) || isAbsolute(specifier);

/** `data:`, `https:`, `node:`, `file:` and their like: what is behind them was never installed, or has no place. */
const isUrl = (specifier: string): boolean => /^[a-z][a-z\d+.-]*:/i.test(specifier.trim());

function locate(specifier: string, configFile: string): string {
  if (isPath(specifier)) return pathToFileURL(resolve(dirname(configFile), specifier)).href;
  const url = isUrl(specifier) ? undefined : resolvePackage(specifier, configFile);
  // a name may still be that of a module of Node.js, or hide a scheme from all but the resolution
  if (url?.startsWith('file:') === true) return url;
  throw new FarziError('FARZI_PLUGIN_REFUSED', `The plugin ${specifier} is neither a package nor the path of a file.`, {
    hint: 'Install a package and give its name, or give a path that starts with a dot or a slash.',
  });
}

function resolvePackage(specifier: string, configFile: string): string {
  try {
    return resolveModule(specifier, pathToFileURL(resolve(configFile)).href);
  } catch (cause) {
    const file = resolve(dirname(configFile), specifier);
    throw new FarziError('FARZI_PLUGIN_NOT_FOUND', `The plugin ${specifier} is not installed where ${configFile} can find it.`, {
      hint: existsSync(file)
        ? `Did you mean ./${specifier}? There is a file ${file}; without a dot or a slash in front it is the name of a package.`
        : `Run npm install ${specifier} in ${dirname(resolve(configFile))} or a folder above it.`,
      cause,
    });
  }
}

async function load(specifier: string, configFile: string): Promise<Plugin> {
  const url = locate(specifier, configFile);
  let loaded: PluginModule;
  try {
    loaded = await importModule(url);
  } catch (cause) {
    // Node.js reports a missing import of the plugin's with the same code and the plugin's own path
    if (url.startsWith('file:') && !existsSync(fileURLToPath(url))) {
      throw new FarziError('FARZI_PLUGIN_NOT_FOUND', `The plugin ${specifier} does not exist: there is no ${fileURLToPath(url)}.`, {
        hint: `Correct the path: those in plugins start at ${dirname(resolve(configFile))}.`,
        cause,
      });
    }
    const place = placeOf(cause);
    throw new FarziError(
      'FARZI_PLUGIN_INVALID',
      `The plugin ${specifier} (${url}) fails when it is imported: ${reasonOf(cause)}${place === undefined ? '' : `, at ${place}`}.`,
      { cause },
    );
  }
  const plugin = loaded.default;
  if (typeof plugin?.name !== 'string' || typeof plugin.core !== 'string') {
    throw new FarziError('FARZI_PLUGIN_INVALID', `The module ${specifier} (${url}) does not export a plugin by default.`, {
      hint: 'Let it end with: export default definePlugin({ name, core, ... }).',
    });
  }
  requireShape(plugin as Plugin, `${plugin.name} (${url})`);
  return plugin as Plugin;
}

interface PluginModule {
  readonly default?: Partial<Plugin>;
}

/** Imports a module; TypeScript without a build, by a loader that is itself loaded for that only. */
async function importModule(url: string): Promise<PluginModule> {
  if (!/\.[cm]?ts$/.test(url)) return (await import(url)) as PluginModule;
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false }).import<PluginModule>(fileURLToPath(url));
}

/** Where a plugin's own module failed, as in `/folder/plugin.js:3`: the first place that an error names. */
function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, file, line] = /^(?: +at )?(?:.*\()?(?:file:\/\/)?(\/.*?|[A-Za-z]:.*?):(\d+)(?::\d+)?\)?$/m.exec(stack) ?? [];
  return file === undefined ? undefined : `${file}:${line ?? ''}`;
}

/**
 * Imports plugins, resolved from the folder of the configuration file; one that is named twice is loaded once.
 *
 * @param specifiers - npm package names, or paths that start with a dot or a slash
 * @throws FARZI_PLUGIN_REFUSED for a URL or a module of Node.js; FARZI_PLUGIN_NOT_FOUND, FARZI_PLUGIN_INVALID
 */
export async function loadPlugins(specifiers: readonly string[], configFile: string): Promise<Plugin[]> {
  const plugins: Plugin[] = [];
  for (const specifier of specifiers) {
    const plugin = await load(specifier, configFile);
    if (!plugins.some(({ name }) => name === plugin.name)) plugins.push(plugin);
  }
  return plugins;
}
