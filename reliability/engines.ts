import { builtInEngines, surveyEngines } from '@farzi/core';

/** Ids of the engines that work here. */
export const enginesHere = async (): Promise<string[]> =>
  (await surveyEngines(builtInEngines)).filter(({ availability }) => availability.usable).map(({ id }) => id);
