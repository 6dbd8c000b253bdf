import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Check, isCoded, tallied, wordsOf } from './check.js';
import { Toy } from './toy.js';

/** MB of memory, seconds and characters of messages within which a bomb must be refused. */
const MOST_MB = 700;
const MOST_SECONDS = 30;
const MOST_CHARACTERS = 20_000;

interface Bomb {
  readonly subject: string;
  readonly settings?: readonly string[];
  /** Put in the place of the toy's clicks. */
  readonly file?: { readonly name: string; bytes(): Uint8Array | string };
}

/** Ten names for ten times the one before. */
const aliases = `[${Array.from(
  { length: 10 },
  (_, level) =>
    `&a${level} [${
      level === 0
        ? 'x'
        : Array(10)
            .fill(`*a${level - 1}`)
            .join(', ')
    }]`,
).join(', ')}]`;

const cases: readonly Bomb[] = [
  { subject: 'maxLength: 2000000', settings: ['maxLength=2000000'] },
  { subject: 'synthetic.rank: 1000000000', settings: ['synthetic.rank=1000000000'] },
  { subject: 'synthetic.sequences: 1000000000', settings: ['synthetic.sequences=1000000000'] },
  { subject: 'model.hiddenSize: 10000000', settings: ['model.hiddenSize=10000000'] },
  { subject: 'model.blocks: 1000000', settings: ['model.blocks=1000000'] },
  { subject: 'distillation.metaOptimizer.realBatchSize: 100000000', settings: ['distillation.metaOptimizer.realBatchSize=100000000'] },
  { subject: 'training.batchSize: 1000000000', settings: ['training.batchSize=1000000000', 'teacher.batchSize=1000000000'] },
  { subject: 'seed: *a', settings: ['seed=*a'] },
  { subject: 'seed: 2^53 + 1', settings: ['seed=9007199254740993'] },
  { subject: 'aliases of aliases', settings: [`evaluation.arms=${aliases}`] },
  {
    subject: 'a header of a million columns',
    file: { name: 'clicks.csv', bytes: () => Array.from({ length: 1e6 }, (_, at) => `column${at}`).join(',') },
  },
  { subject: 'a line of 300 MB', file: { name: 'clicks.csv', bytes: () => `user,item,timestamp\n${'x'.repeat(300e6)}` } },
  {
    subject: 'a compressed line of 400 MB',
    settings: ['dataset.path=clicks.csv.gz'],
    file: { name: 'clicks.csv.gz', bytes: () => gzipSync(Buffer.alloc(400e6, 'x')) },
  },
  {
    subject: 'bytes that are not UTF-8',
    file: { name: 'clicks.csv', bytes: () => Buffer.from('user,item,timestamp\nu,caf\xe9,1\nu,caf\xe8,2\nu,x,3\n', 'latin1') },
  },
  {
    subject: 'a text without blanks, in subwords',
    settings: [
      'task=language',
      'dataset={ id: text, path: clicks.csv, tokens: subwords }',
      'model={ id: transformer-lm, width: 8, heads: 1 }',
    ],
    file: { name: 'clicks.csv', bytes: () => ' '.repeat(2e6) },
  },
];

/** Sizes that no machine has. */
export const bombs: Check = {
  id: 'bombs',
  about: `Sizes, files and references that grow beyond every bound; they must be refused with a coded error, within ${MOST_SECONDS} s, ${MOST_MB} MB of memory and ${MOST_CHARACTERS} characters.`,
  run: (context) =>
    tallied(context, cases, async ({ settings = [], file }, own) => {
      const toy = new Toy(own, ...settings);
      if (file !== undefined) writeFileSync(join(toy.folder, file.name), file.bytes());
      const ended = await toy.run('run', [], { limit: 2 * MOST_SECONDS });
      const { code, stderr, stdout, seconds, peakMB } = ended;
      const characters = stderr.length + stdout.length;
      return {
        wrong: [
          ...(code === 0 ? ['it is not refused'] : isCoded(stderr) ? [] : [`it ends with ${wordsOf(ended)}`]),
          ...(peakMB > MOST_MB ? [`${Math.round(peakMB)} MB`] : []),
          ...(seconds > MOST_SECONDS ? [`${seconds.toFixed(0)} s`] : []),
          ...(characters > MOST_CHARACTERS ? [`${characters} characters`] : []),
        ],
      };
    }),
};
