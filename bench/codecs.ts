/**
 * What storing synthetic data with fewer bits costs: rounded after distillation, and distilled with learners that see
 * what will be stored.
 *
 *   pnpm bench:codecs --data-dir DIR
 *
 * MovieLens 100k, SASRec of width 32, hard inputs. One distillation in float32, whose data are rounded by every codec,
 * and one for each codec; all start from the same teacher and the same real sequences. Students are trained on what is
 * read back from the file, and evaluated on test. Prints a line as soon as it is known, and the table at the end.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import {
  adam,
  type Checkpoint,
  type CheckpointStore,
  decodeSynthetic,
  distill,
  encodeSynthetic,
  evaluate,
  farzi,
  float16,
  float32,
  int2,
  int3,
  constantRate,
  int4,
  int8,
  loadDataset,
  meanAndDeviation,
  builtInCodecs,
  storedBytes,
  type SyntheticPackage,
  trainStudent,
} from '@farzi/core';
import { movielens100k } from '@farzi/datasets';
import { sasrec } from '@farzi/models-sasrec';
import { count, counts, someOf } from './options.js';

const codecs = { float32, float16, int8, int4, int3, int2 };
type CodecName = keyof typeof codecs;

const METRICS = ['ndcg@10', 'hr@10', 'hr@100'] as const;

const options = new Command('bench:codecs')
  .description('Measures what storing synthetic data with fewer bits costs.')
  .option('--data-dir <folder>', 'folder that may hold the files of ml-100k: they are downloaded otherwise')
  .addOption(count('--sequences <count>', 'synthetic sequences', 10))
  .addOption(count('--rank <count>', 'rank of synthetic data', 16))
  .addOption(count('--outer-steps <count>', 'outer steps of each distillation', 100, 0))
  .addOption(counts('--seeds <seeds>', 'seeds of students', [1, 2, 3]))
  .addOption(count('--seed <seed>', 'seed of the teacher and of distillation', 1))
  .addOption(someOf('--codecs <ids>', 'codecs', Object.keys(codecs) as CodecName[]))
  .parse()
  .opts<{
    readonly dataDir?: string;
    readonly sequences: number;
    readonly rank: number;
    readonly outerSteps: number;
    readonly seeds: readonly number[];
    readonly seed: number;
    readonly codecs: readonly CodecName[];
  }>();

const dataset = await loadDataset(movielens100k({ minimumUserEvents: 5, minimumItemEvents: 1 }), {
  dataDirectories: options.dataDir === undefined ? [] : [resolve(options.dataDir)],
});
const model = sasrec({ hiddenSize: 32, blocks: 1, dropout: 0.2 });

/** The teacher is the same for all; the distillations are not. */
class TeacherOnly implements CheckpointStore {
  readonly #kept = new Map<string, Checkpoint>();

  load(name: string): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.#kept.get(name));
  }
  save(name: string, checkpoint: Checkpoint): Promise<string> {
    if (name === 'teacher') this.#kept.set(name, checkpoint);
    return Promise.resolve('');
  }
  removeFolder(): Promise<void> {
    return Promise.resolve();
  }
}
const checkpoints = new TeacherOnly();

const distilled = async (codec: CodecName): Promise<SyntheticPackage> => {
  const { synthetic, progress } = await distill({
    ...{ dataset, model, checkpoints, seed: options.seed },
    maxLength: 50,
    synthetic: { sequences: options.sequences, rank: options.rank, inputs: 'hard', storage: codecs[codec]() },
    teacher: { maxSteps: 600 },
    metaOptimizer: farzi({ unroll: 'window', steps: 20, realBatchSize: 128 }),
    learner: { optimizer: adam({ epsilon: 1e-5 }), start: 'pool', batchSize: 20 },
    training: { batchSize: 32, learningRate: [0.01, 0.003], maxSteps: 600 },
    outerSteps: options.outerSteps,
    // as they were when the page was made
    ...{ latentsLearningRate: 0.003, decoderLearningRate: 0.001, schedule: constantRate },
    validateEvery: 25,
  });
  console.error(`${codec}: distilled, step ${progress.best?.step ?? 0} chosen`);
  return synthetic;
};

interface Row {
  readonly codec: CodecName;
  readonly how: 'after' | 'aware';
  readonly bytes: number;
  readonly metrics: readonly { readonly mean: number; readonly deviation: number }[];
}

async function judged(codec: CodecName, how: Row['how'], synthetic: SyntheticPackage): Promise<Row> {
  const stored = { ...synthetic, storage: codecs[codec]() };
  const data = await decodeSynthetic(encodeSynthetic(stored), codec, builtInCodecs, () => Promise.resolve(''));
  const results: Record<string, number>[] = [];
  for (const seed of options.seeds) {
    const student = await trainStudent({
      ...{ data, model, seed, validation: dataset.validation },
      training: { batchSize: 32, learningRate: [0.01, 0.003], maxSteps: 600 },
    });
    results.push(await evaluate({ student, cases: dataset.test, metrics: METRICS }));
  }
  const metrics = METRICS.map((key) => meanAndDeviation(results.map((result) => result[key] ?? Number.NaN)));
  const row = { codec, how, bytes: storedBytes(stored).total, metrics };
  console.error(cells(row).join('  '));
  return row;
}

const cells = ({ codec, how, bytes, metrics }: Row): string[] => [
  codec,
  codec === 'float32' ? '–' : how,
  bytes.toLocaleString('en'),
  ...metrics.map(({ mean, deviation }) => `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`),
];

const exact = await distilled('float32');
const rows: Row[] = [];
for (const codec of options.codecs) {
  rows.push(await judged(codec, 'after', exact));
  if (codec !== 'float32') rows.push(await judged(codec, 'aware', await distilled(codec)));
}
console.log(`| codec | rounded | bytes | ${METRICS.join(' | ')} |`);
console.log(`| --- | --- | --- | ${METRICS.map(() => '---').join(' | ')} |`);
for (const row of rows) console.log(`| ${cells(row).join(' | ')} |`);
