import { join } from 'node:path';
import type { temporaryFolder } from './folder.js';

const ANIMALS = ['cat', 'dog', 'fox', 'hen'];
const PLACES = ['mat', 'hill', 'barn', 'pond'];

/** An experiment on a small text, written to a folder; the configuration's path. */
export function writeTale(folder: ReturnType<typeof temporaryFolder>): string {
  const sentences = Array.from({ length: 200 }, (_, index) => {
    const [animal, place] = [ANIMALS[(index * 7 + Math.floor(index / 3)) % 4], PLACES[(index * 5 + Math.floor(index / 7)) % 4]];
    return `the ${animal ?? ''} sat on the ${place ?? ''}.\n`;
  });
  folder.write('tale.txt', sentences.join(''));
  return folder.write(
    'tale.yaml',
    `task: language
threads: 1
dataset: { id: text, path: tale.txt, tokenizer: character }
model: { id: transformer-lm, width: 16, blocks: 1, heads: 2, dropout: 0 }
maxLength: 16
synthetic: { sequences: 4, rank: 8, inputs: hard }
teacher: { batchSize: 16, maxSteps: 100, evaluateEvery: 50 }
distillation: { outerSteps: 2, validateEvery: 2, metaOptimizer: { id: farzi, steps: 3, realBatchSize: 8 }, learner: { batchSize: 4, poolSize: 2 } }
training: { batchSize: 16, maxSteps: 100, evaluateEvery: 50 }
evaluation: { seeds: 1, metrics: [perplexity, bitsPerCharacter], arms: [full, distilled] }
`,
  );
}

/** An experiment on the sequences of some users; the configuration's path. */
export function writeUsers(folder: ReturnType<typeof temporaryFolder>): string {
  // Every user goes through the same items in the same order, each from another one.
  const users = Array.from({ length: 24 }, (_, user) =>
    [`u${user}`, ...Array.from({ length: 7 }, (_event, step) => `i${(user + step) % 12}`)].join(' '),
  );
  folder.write('users.txt', `${users.join('\n')}\n`);
  return folder.write(
    'tiny.yaml',
    `task: recommendation
threads: 1
dataset: { id: interactions, path: users.txt, format: sequences }
model: { id: sasrec, hiddenSize: 8, blocks: 1, dropout: 0 }
maxLength: 6
synthetic: { sequences: 4, rank: 3, inputs: soft }
teacher: { maxSteps: 10, evaluateEvery: 5 }
distillation: { outerSteps: 6, validateEvery: 2, metaOptimizer: { id: farzi, steps: 3, realBatchSize: 8 }, learner: { batchSize: 4, poolSize: 2 } }
training: { maxSteps: 10, evaluateEvery: 5 }
evaluation: { seeds: 2, metrics: [hr@10, ndcg@10], arms: [full, distilled, popularity] }
`,
  );
}

/** The distilled data of a run. */
export const distilledOf = (run: string): string => join(run, 'synthetic.farzi');

/** An experiment on the bundled MovieLens data that is done in seconds; the configuration's path. */
export function writeMovies(folder: ReturnType<typeof temporaryFolder>): string {
  return folder.write(
    'movies.yaml',
    `task: recommendation
threads: 1
dataset: { id: movielens-small-2016, minimumItemEvents: 100 }
model: { id: sasrec, hiddenSize: 8, blocks: 1 }
maxLength: 10
synthetic: { sequences: 5, rank: 8, inputs: hard }
teacher: { maxSteps: 20, evaluateEvery: 10 }
distillation: { outerSteps: 2, validateEvery: 2, metaOptimizer: { id: farzi, steps: 3, realBatchSize: 16 }, learner: { poolSize: 2, maxAge: 6, batchSize: 5 } }
training: { batchSize: 16, maxSteps: 20, evaluateEvery: 10 }
evaluation: { seeds: 1, arms: [distilled] }
`,
  );
}
