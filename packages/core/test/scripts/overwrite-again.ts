import { parseConfig } from '../../src/config/file.js';
import { RunDirectory } from '../../src/run/directory.js';

/** Overwrites a run again and again, each with files that name it, until it is stopped. */
const [folder = '', first = '1'] = process.argv.slice(2);
for (let seed = Number(first); ; seed++) {
  const directory = await RunDirectory.open(
    folder,
    parseConfig(`task: recommendation\ndataset: toy\nmodel: tiny\nseed: ${seed}\n`, 'toy.yaml').config,
    'overwrite',
  );
  await directory.begin({ core: '1', configDirectory: '/', fingerprint: { seed: String(seed) } });
  for (const name of ['metrics.jsonl', 'summary.json', 'checkpoints/teacher.safetensors', 'students/tiny/full.safetensors'])
    await directory.writeText(name, String(seed));
  await directory.close();
  process.stdout.write(`run ${seed}\n`);
}
