import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { countEvents, defineDataset, definePlugin, encodeSequences, FarziError, leaveOneOut, minimumForLeaveOneOut } from '@farzi/core';

/** Histories from a JSON file: a list for each user, of the names of items in time order. */
export const myContribution = defineDataset({
  id: 'my-contribution',
  task: 'recommendation',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { path: { type: 'string', description: 'JSON file, from the folder of the configuration' } },
    required: ['path'],
  },
  load: async ({ path }, { configDirectory, progress }) => {
    const file = resolve(configDirectory, path);
    progress(`reading ${file}`);
    const histories = (await historiesOf(file)).filter(({ length }) => length >= minimumForLeaveOneOut);
    const { sequences, vocabulary } = encodeSequences(histories);
    return {
      ...{ id: 'my-contribution', task: 'recommendation', vocabulary },
      ...leaveOneOut(sequences),
      sequences: sequences.length,
      events: countEvents(sequences),
      protocol: `Users with at least ${minimumForLeaveOneOut} events; the last is for test, the one before it for validation.`,
    };
  },
});

async function historiesOf(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FarziError('FARZI_DATA_UNREADABLE', `The file ${file} cannot be read.`, { hint: 'Correct the path of the dataset.', cause });
  });
  const histories: unknown = JSON.parse(text);
  if (Array.isArray(histories) && histories.every((history): history is string[] => Array.isArray(history))) return histories;
  throw new FarziError('FARZI_DATA_INVALID', `The file ${file} is not a list of lists.`, {
    hint: 'Write a list of item names for each user.',
  });
}

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', datasets: [myContribution] });
