import { Option } from 'commander';
import { wholeNumber } from './option-values.js';

/** An option that may be repeated. */
const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be repeated`).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);

/** A whole number from some minimum on. */
export function count(flags: string, description: string, minimum: number, initial?: number): Option {
  const option = new Option(flags, description).argParser(wholeNumber(minimum));
  return initial === undefined ? option : option.default(initial);
}

export const set = (what = 'override a value of the configuration, as in --set synthetic.sequences=20'): Option =>
  repeated('--set <key=value>', what);

export const sweep = (): Option =>
  repeated('--sweep <key=values>', 'values that members have, as in --sweep synthetic.sequences=1,5,10; several make a grid');

export const executor = (): Option =>
  new Option('--executor <id>', 'who trains students: inline, processes, or that of a plugin (default: processes, one per core)');

export const dataDirectory = (): Option =>
  new Option('--data-dir <folder>', 'folder that may hold data files already (before FARZI_DATA_HOME)');

export const plugin = (
  what = "load a plugin, a package or a path, that the run needs: what only the run's own files name is not loaded",
): Option => repeated('--plugin <name>', what);

export const metric = (): Option => repeated('--metric <key>', "evaluate this metric, such as ndcg@10, instead of the experiment's");

export const engine = (usual: string): Option => new Option('--engine <id>', `engine to compute with (default: ${usual})`);

export const threads = (usual: string): Option =>
  count('--threads <count>', `0: as many as FARZI_THREADS, or one per core (default: ${usual})`, 0);

export const json = (): Option => new Option('--json', 'write JSON');

export const quiet = (): Option => new Option('--quiet', 'show no progress');
