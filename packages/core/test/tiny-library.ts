import type { DistillRequest } from '../src/distill/request.js';
import { defineModel } from '../src/plugin/define.js';
import { RandomStream } from '../src/random/stream.js';
import { engine } from './engine.js';
import { tinyModel } from '../src/testing/tiny-model.js';

const schema = { type: 'object', properties: { width: { type: 'integer', minimum: 1, default: 6 } } } as const;

/** The smallest models, as somebody would publish them. */
export const tiny = defineModel({
  id: 'tiny',
  task: 'recommendation',
  schema,
  create: ({ width }, context) => tinyModel({ ...context, width }),
});
export const writer = defineModel({
  id: 'writer',
  task: 'language',
  schema,
  create: ({ width }, context) => tinyModel({ ...context, width }),
});

export const ITEMS = 12;

/** Users who mostly go on to the next item. */
export const histories: readonly Int32Array[] = ((): Int32Array[] => {
  const stream = new RandomStream(5, 'tiny library');
  return Array.from({ length: 40 }, () => {
    let item = stream.integer(ITEMS);
    return Int32Array.from(
      { length: 5 + stream.integer(6) },
      () => (item = stream.uniform() < 0.1 ? stream.integer(ITEMS) : (item + 1) % ITEMS),
    );
  });
})();

/** A text that counts. */
export const text: readonly Int32Array[] = [Int32Array.from({ length: 200 }, (_, at) => (at + Math.floor(at / 7)) % ITEMS)];

const training = { maxSteps: 20, evaluateEvery: 10, batchSize: 16, learningRate: 0.05 };

/** A distillation that takes less than a second; it lacks model and data. */
export const quickly = {
  engine,
  maxLength: 6,
  synthetic: { sequences: 4, rank: 3 },
  outerSteps: 4,
  validateEvery: 2,
  learner: { poolSize: 2, maxAge: 6, batchSize: 4, learningRate: 0.05 },
  teacher: training,
  training,
  seed: 3,
} as const satisfies Partial<DistillRequest>;
