import type { Configured } from '../options/configured.js';
import { checkData } from './check.js';
import type { Dataset, DatasetContext, DatasetDefinition } from './dataset.js';

/**
 * Loads a dataset in a program: `loadDataset(movielensSmall2016({ minimumItemEvents: 20 }))`.
 *
 * @param context - where its files may be: the folder that FARZI_DATA_HOME names by default; relative paths start at
 *   the working directory
 * @throws FARZI_DATA_INVALID and whatever else the dataset finds wrong with its files
 */
export async function loadDataset(
  { definition, options }: Configured<DatasetDefinition>,
  context: Partial<DatasetContext> = {},
): Promise<Dataset> {
  const home = process.env['FARZI_DATA_HOME'];
  const dataset = await definition.load(options as never, {
    dataDirectories: home === undefined || home === '' ? [] : [home],
    configDirectory: process.cwd(),
    progress: () => undefined,
    ...context,
  });
  checkData(dataset, definition.task);
  return dataset;
}
