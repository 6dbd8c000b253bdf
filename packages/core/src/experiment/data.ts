import type { ResolvedExperiment } from '../config/resolve.js';
import { checkData } from '../data/check.js';
import type { Dataset, DatasetContext } from '../data/dataset.js';
import { requireCharacters } from '../evaluation/needs.js';

/**
 * Loads the dataset of an experiment and checks it before anything is computed with it.
 *
 * @throws FARZI_DATA_INVALID, FARZI_DATA_EMPTY and other coded errors
 */
export async function loadExperimentData(experiment: ResolvedExperiment, context: DatasetContext): Promise<Dataset> {
  const { definition, options } = experiment.dataset;
  const dataset = await definition.load(options as never, context);
  checkData(dataset, experiment.config.task, ['validation', 'test']);
  requireCharacters(dataset, [...experiment.metrics, experiment.selection]);
  return dataset;
}
