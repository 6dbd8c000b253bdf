import { parseConfig } from '../../src/config/file.js';
import { RunDirectory } from '../../src/run/directory.js';

/** Holds a run directory until it is stopped. */
const [folder = ''] = process.argv.slice(2);
const directory = await RunDirectory.open(
  folder,
  parseConfig('task: recommendation\ndataset: toy\nmodel: tiny\n', 'toy.yaml').config,
  'resume',
);
await directory.begin({ core: '1', configDirectory: '/', fingerprint: {} });
process.stdout.write('held\n');
setInterval(() => undefined, 1000);
