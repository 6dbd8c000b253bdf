import { createRegistry, jobProcess } from '@farzi/core';
import { withFirstParty } from './prepare.js';
import type { PluginPlace } from './processes.js';

/** What processes of a run do their jobs with. */
jobProcess(async (plugins) => {
  const { specifiers, file } = plugins as PluginPlace;
  return createRegistry(await withFirstParty(specifiers, file));
});
