import { join, resolve } from 'node:path';
import { describeRun, FarziError, type FinishedRun, isFarziError, openRun, type Registry, type RunDescription } from '@farzi/core';
import type { Io } from './io.js';
import { isFirstParty, type PluginOptions, registryOf } from './prepare.js';

/**
 * Reads a run with the plugins that come with the command and those that the command line names. A run directory is
 * data, which may come from anywhere: what only its own configuration names is not loaded, and told.
 *
 * @throws FARZI_PLUGIN_LEFT_OUT when the work needs something that none of them contributes
 */
export async function reading<T>(
  path: string,
  { plugin = [] }: PluginOptions,
  { stderr }: Pick<Io, 'stderr'>,
  work: (run: FinishedRun, registry: Registry) => Promise<T>,
): Promise<T> {
  const left = leftOut(await describeRun(path), plugin);
  const registry = await registryOf({ plugin });
  if (left.length > 0) stderr.write(`note: Plugins that only the run names are not loaded: ${left.map(short).join(', ')}.\n`);
  try {
    return await work(await openRun(path, registry.all('codec')), registry);
  } catch (error) {
    const [first] = left;
    if (first === undefined || !isFarziError(error) || error.code !== 'FARZI_CONTRIBUTION_UNKNOWN') throw error;
    throw new FarziError(
      'FARZI_PLUGIN_LEFT_OUT',
      `The run ${path} needs a plugin that was left out: ${error.message.replace(/\.$/, '')}.`,
      {
        hint: `A run directory is data and loads no code. If you trust what it names, name it on the command line: --plugin ${short(first)}.`,
        cause: error,
      },
    );
  }
}

/** The configuration of a run may hold a whole program where the name of a plugin should be. */
const short = (specifier: string): string => (specifier.length <= 300 ? specifier : `${specifier.slice(0, 300)}...`);

/** What a run's configuration names and the command line does not; paths are whole. */
function leftOut({ config, configDirectory }: RunDescription, named: readonly string[]): string[] {
  const whole = (specifier: string, folder: string): string => (/^\.{1,2}[\\/]/.test(specifier) ? join(folder, specifier) : specifier);
  const loaded = new Set(named.map((specifier) => whole(specifier, resolve())));
  return config.plugins.map((specifier) => whole(specifier, configDirectory)).filter((each) => !isFirstParty(each) && !loaded.has(each));
}
