import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Dataset, FarziError, isFarziError, loadDataset, type Registry, validateOptions, writeWhole } from '@farzi/core';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { exitCodes } from '../exit.js';
import { countText } from '../format.js';
import { experimentText, type NewExperiment } from '../init/experiment-text.js';
import type { Io } from '../io.js';
import { registryOf } from '../prepare.js';
import { quoted } from '../shell.js';

export interface InitOptions extends DataOptions {
  readonly out: string;
  readonly task?: NewExperiment['task'];
  readonly user?: string;
  readonly item?: string;
  readonly timestamp?: string;
}

/** Writes a commented experiment on some data, which it looks at; asks for what it is not told where somebody can answer. */
export async function init(data: string | undefined, options: InitOptions, io: Io): Promise<number> {
  const { out } = options;
  if (existsSync(out)) {
    throw new FarziError('FARZI_USAGE', `The file ${out} exists already.`, { hint: 'Give a new one with --out.' });
  }
  const ask = questions(io);
  try {
    const registry = await registryOf({});
    const given = data ?? (await ask?.('Data (a file, a folder of texts, or an id such as movielens-small-2016): ')) ?? '';
    const chosen = await look(given, options, ask, registry, io);
    await writeWhole(out, experimentText({ ...chosen, file: quoted(out) }));
    io.stdout.write(
      `${out}: ${chosen.found}\n\n  farzi validate ${quoted(out)} --estimate   # what a run is expected to take\n  farzi run ${quoted(out)}\n`,
    );
    return exitCodes.ok;
  } finally {
    ask?.close();
  }
}

type Ask = ((question: string) => Promise<string>) & { close(): void };

/** Asks on the terminal, where there is one. */
function questions({ stdin, stderr, screen }: Io): Ask | undefined {
  if (stdin?.isTTY !== true || stderr.isTTY !== true) return undefined;
  const lines = createInterface({ input: stdin, output: screen });
  return Object.assign(async (question: string) => (await lines.question(question)).trim(), {
    close: () => {
      lines.close();
    },
  });
}

/** What kind of data there is, and what is in them. */
async function look(
  data: string,
  options: InitOptions,
  ask: Ask | undefined,
  registry: Registry,
  io: Io,
): Promise<Omit<NewExperiment, 'file'>> {
  if (data === '') {
    throw new FarziError('FARZI_USAGE', 'No data are named.', {
      hint: 'Give a file of events, a text, a folder of texts, or the id of a dataset: farzi init clicks.csv.',
    });
  }
  const published = registry.all('dataset').find(({ id }) => id === data);
  const { task: said } = options;
  if (published === undefined && !existsSync(data)) {
    throw new FarziError('FARZI_DATA_NOT_FOUND', `There is no file ${data}, and no dataset of this id.`, {
      hint: 'Correct the path, or run farzi plugins for the ids of datasets.',
    });
  }
  const task = published?.task ?? said ?? taskOf(data);
  requireColumns(options, published === undefined && task === 'recommendation');
  const id = published?.id ?? (task === 'recommendation' ? 'interactions' : 'text');
  const path = relative(dirname(resolve(options.out)), resolve(data));
  const settings =
    published === undefined ? { path, ...(task === 'recommendation' ? { ...sequencesOf(data), ...columnsOf(options) } : {}) } : {};
  const load = (own: Readonly<Record<string, unknown>>): Promise<Dataset> => {
    const definition = registry.get('dataset', id);
    const context = { dataDirectories: dataDirectoriesOf(options, io), configDirectory: dirname(resolve(options.out)) };
    return loadDataset({ definition, options: validateOptions(definition.schema, own, ['dataset']) }, context);
  };
  try {
    return { task, dataset: { id, ...settings }, found: foundIn(data, await load(settings)) };
  } catch (error) {
    if (!isFarziError(error) || error.code !== 'FARZI_DATA_MISSING_COLUMN' || options.user !== undefined) throw error;
    if (ask === undefined) {
      const hint = 'Name the columns: --user customer --item product --timestamp date.';
      throw new FarziError(error.code, error.message, { hint, cause: error });
    }
    io.stderr.write(`${error.message}\n`);
    const columns = {
      user: await ask('Column of the user: '),
      item: await ask('Column of the item: '),
      timestamp: await ask('Column of the time (none: the order of the file): '),
    };
    const named = { ...settings, ...columnsOf(columns) };
    return { task, dataset: { id, ...named }, found: foundIn(data, await load(named)) };
  }
}

/** @throws FARZI_USAGE for columns of what has none, or for a part of them */
function requireColumns({ user, item, timestamp }: InitOptions, hasColumns: boolean): void {
  const given = [user, item, timestamp].some((column) => column !== undefined);
  if (!given || (hasColumns && user !== undefined && item !== undefined)) return;
  throw new FarziError(
    'FARZI_USAGE',
    hasColumns ? 'Columns are named, but not both that of the user and that of the item.' : 'Columns are named, and the data have none.',
    { hint: hasColumns ? 'Give --user and --item.' : 'Leave --user, --item and --timestamp out: they are for files of events.' },
  );
}

/** Events are in tables; what is in a folder, or called a text, is text. */
function taskOf(data: string): NewExperiment['task'] {
  return statSync(data).isDirectory() || /\.(txt|md)(\.gz)?$/i.test(data) ? 'language' : 'recommendation';
}

/** A text of histories, which its name does not tell. */
const sequencesOf = (data: string): object => (/\.txt(\.gz)?$/i.test(data) ? { format: 'sequences' } : {});

function columnsOf({ user, item, timestamp }: Pick<InitOptions, 'user' | 'item' | 'timestamp'>): object {
  if (user === undefined || item === undefined) return {};
  const column = (name: string): string | number => (/^\d+$/.test(name) ? Number(name) : name);
  const time = timestamp === undefined || timestamp === '' ? {} : { timestamp: column(timestamp) };
  return { columns: { user: column(user), item: column(item), ...time } };
}

function foundIn(data: string, { task, sequences, vocabulary, events }: Dataset): string {
  return task === 'recommendation'
    ? `In ${data} are ${countText(sequences)} users with ${countText(events)} events of ${countText(vocabulary.length)} items.`
    : `In ${data} are ${countText(events)} tokens of a vocabulary of ${countText(vocabulary.length)}.`;
}
