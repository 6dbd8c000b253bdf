import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeRun, FarziError, isFarziError, readSummary, type RunDescription, type Summary } from '@farzi/core';
import { columns } from '../columns.js';
import { exitCodes } from '../exit.js';
import { countText, percentText } from '../format.js';
import type { Io } from '../io.js';

export interface RunsOptions {
  readonly json?: boolean;
}

/** Lists the runs of a folder. */
export async function runs(folder: string, { json = false }: RunsOptions, io: Io): Promise<number> {
  const found = await runsIn(folder);
  if (json) {
    io.stdout.write(`${JSON.stringify(found.map(runJson), null, 2)}\n`);
    return exitCodes.ok;
  }
  if (found.length === 0) {
    io.stdout.write(`There are no runs in ${folder}.\n`);
    return exitCodes.ok;
  }
  const rows = found.map((run) => {
    const { path, finished, dataset, model, sequences, bytes, metric, retention } = runJson(run);
    return [
      path,
      finished ? 'finished' : 'not finished',
      dataset,
      model,
      countText(sequences),
      countText(bytes),
      metric,
      percentText(retention),
    ];
  });
  io.stdout.write(columns([['RUN', 'STATE', 'DATASET', 'MODEL', 'SEQUENCES', 'BYTES', 'METRIC', 'DISTILLED VS FULL'], ...rows]));
  return exitCodes.ok;
}

interface Run extends RunDescription {
  readonly summary: Summary | undefined;
}

/** Run directories in a folder, and the folder itself if it is one, by their names. */
async function runsIn(folder: string): Promise<Run[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new FarziError('FARZI_FILE_SYSTEM', `The folder ${folder} cannot be read.`, {
      hint: 'Give the folder that farzi run writes run directories to.',
      cause,
    });
  });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const found = await Promise.all([folder, ...below.sort()].map(runAt));
  return found.filter((run) => run !== undefined);
}

async function runAt(path: string): Promise<Run | undefined> {
  try {
    return { ...(await describeRun(path)), summary: await readSummary(path) };
  } catch (error) {
    // some other folder
    if (isFarziError(error) && error.code === 'FARZI_RUN_INCOMPLETE') return undefined;
    throw error;
  }
}

function runJson({ path, config, summary }: Run) {
  const { model, dataset, evaluation, synthetic } = config;
  return {
    ...{ path, finished: summary !== undefined, task: config.task, dataset: dataset.id, model: model.id },
    sequences: summary?.synthetic.sequences ?? synthetic.sequences,
    bytes: summary?.synthetic.bytes,
    metric: evaluation.selection,
    retention: summary?.retention[Object.keys(summary.retention)[0] ?? '']?.[evaluation.selection],
  };
}
