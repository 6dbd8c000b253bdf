import { describe, expect, it } from 'vitest';
import { armContext } from '../../../test/arm-context.js';
import { errorOf } from '../../../test/allclose.js';
import { RandomStream } from '../../random/stream.js';
import { hardSequences } from '../../synthetic/hard.js';
import type { SyntheticInputs } from '../../synthetic/synthetic.js';
import { toyModel } from '../../testing/toy-learner.js';
import type { Batch } from '../../unroll/learner.js';
import { sourceOf } from '../training-data.js';
import { distilledHard } from './distilled-hard.js';

const LENGTH = 4;

/** The arm's data, all sequences in one batch, by the order of their inputs. */
async function rowsOf(inputs: SyntheticInputs, options: { readonly tokens: 'argmax' | 'sample'; readonly copies: number }) {
  const context = armContext(inputs);
  const arm = await distilledHard.create(options, context);
  if (!('data' in arm)) throw new TypeError('no data');
  const source = await sourceOf(arm.data, { engine: context.engine, model: toyModel(), batchSize: 1000, length: LENGTH });
  const batch: Batch = source.batch(new RandomStream(1, 'batch'));
  const row = (values: ArrayLike<number> = [], at: number): number[] => Array.from(values).slice(at * LENGTH, (at + 1) * LENGTH);
  const rows = Array.from({ length: arm.sequences }, (_, at) => ({
    inputs: row(batch['inputs'], at),
    targets: row(batch['targets'], at),
    weights: row(batch['weights'], at),
  }));
  expect(batch['inputs']).toHaveLength(arm.sequences * LENGTH);
  return { rows: rows.sort(byText), data: context.synthetic.distilled };
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

describe('distilled-hard', () => {
  it('has the likeliest tokens, each followed by the next, for soft inputs', async () => {
    const { rows, data } = await rowsOf('soft', { tokens: 'argmax', copies: 1 });
    const expected = hardSequences(data, { by: 'argmax' }).map((tokens, row) => ({
      inputs: [...tokens.subarray(0, LENGTH)],
      targets: [...tokens.subarray(1)],
      weights: [...data.weights.subarray(row * LENGTH, (row + 1) * LENGTH)],
    }));
    expect(rows).toEqual(expected.sort(byText));
  });

  it('has the real inputs and the likeliest targets, for hard inputs', async () => {
    const { rows, data } = await rowsOf('hard', { tokens: 'argmax', copies: 1 });
    const expected = hardSequences(data, { by: 'argmax' }).map((tokens, row) => ({
      inputs: [...(data.ids ?? new Int32Array()).subarray(row * LENGTH, (row + 1) * LENGTH)],
      targets: [...tokens],
      weights: [...data.weights.subarray(row * LENGTH, (row + 1) * LENGTH)],
    }));
    expect(rows).toEqual(expected.sort(byText));
    // padding of short sequences is no target
    expect(rows.some(({ weights }) => weights.includes(0))).toBe(true);
  });

  it('samples each sequence as often as it is told', async () => {
    const { rows, data } = await rowsOf('hard', { tokens: 'sample', copies: 40 });
    expect(rows).toHaveLength(40 * data.sequences);
    const inputs = new Set(rows.map((row) => row.inputs.join()));
    const targets = new Set(rows.map((row) => row.targets.join()));
    expect(inputs.size).toBe(data.sequences);
    expect(targets.size).toBeGreaterThan(10 * data.sequences);
  });

  it('refuses copies of what is always the same', async () => {
    const check = (tokens: 'argmax' | 'sample', copies: number) => (): unknown =>
      distilledHard.check?.({ tokens, copies }, toyModel().model);
    expect(await errorOf(check('argmax', 3))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The arm "distilled-hard" has 3 copies, and argmax gives the same tokens each time.',
      hint: 'Set tokens to sample, or leave copies out.',
    });
    expect(check('argmax', 1)).not.toThrow();
    expect(check('sample', 3)).not.toThrow();
  });
});
