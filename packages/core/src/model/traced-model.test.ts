import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import { rowsOf } from '../../test/plain.js';
import { tinyModel } from '../testing/tiny-model.js';
import { initialParameters, splitParameters } from './layout.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { realSource } from '../training/real.js';
import { adam } from '../optimizer/adam.js';
import { stepProgram } from '../unroll/programs.js';
import { dropoutSpecs, type Predictions, TracedModel, tracedModel } from './traced-model.js';

const [BATCH, LENGTH, VOCABULARY, WIDTH] = [2, 3, 5, 4];
const ROWS = BATCH * LENGTH;
const stream = new RandomStream(11, 'objective');

describe('a traced model', () => {
  const given = { vocabularySize: VOCABULARY, width: WIDTH, maxLength: LENGTH };
  const build = (factors: boolean, dropout = 0) => {
    const traced = new TracedModel(tinyModel({ ...given, factors, dropout }));
    const graph = new Graph();
    const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
    const ids = graph.input('ids', [BATCH, LENGTH], 'int32');
    return { traced, graph, parameters, ids, values: { weights: initialParameters(traced.layout, stream), ids: [0, 1, 2, 3, 4, 0] } };
  };

  it('predicts the same with and without factors', async () => {
    const [withFactors, without] = [build(true), build(false)];
    const logits = ({ traced, parameters, ids }: ReturnType<typeof build>): Predictions =>
      traced.predictions(parameters, { kind: 'hard', ids });
    expect(logits(withFactors).logits.shape).toEqual([ROWS, VOCABULARY]);
    expect(logits(without).factors).toBeUndefined();
    expectAllClose(
      await valueOf(logits(withFactors).logits, withFactors.values),
      await valueOf(logits(without).logits, without.values),
      1e-6,
    );
  });

  it.each([true, false])('gives the logits of chosen rows (factors: %s)', async (factors) => {
    const { traced, graph, parameters, ids, values } = build(factors);
    const tokens = { kind: 'hard', ids } as const;
    const chosen = traced.logitsAt(parameters, tokens, graph.input('rows', [3], 'int32'));
    const all = rowsOf(await valueOf(traced.ownLogits(parameters, tokens), values), VOCABULARY);
    expectAllClose(
      await valueOf(chosen, { ...values, rows: [4, 0, 4] }),
      [4, 0, 4].flatMap((row) => all[row] ?? []),
      1e-6,
    );
  });

  it('finds its dropout sites, and multiplies by their masks where it is given some', async () => {
    const { traced, graph, parameters, ids, values } = build(true, 0.5);
    const sites = traced.dropoutSites(BATCH, LENGTH);
    expect(sites).toEqual([{ shape: [ROWS, WIDTH], rate: 0.5 }]);
    expect(dropoutSpecs(sites)).toEqual({ 'dropout.0': { shape: [ROWS, WIDTH] } });
    expect(build(true, 0).traced.dropoutSites(BATCH, LENGTH)).toEqual([]);
    const mask = graph.input('mask', [ROWS, WIDTH]);
    const tokens = { kind: 'hard', ids } as const;
    const masked = traced.predictions(parameters, tokens, { 'dropout.0': mask }).logits;
    const plain = await valueOf(traced.predictions(parameters, tokens).logits, values);
    expectAllClose(await valueOf(masked, { ...values, mask: new Array(ROWS * WIDTH).fill(1) }), plain, 1e-6);
    const dropped = await valueOf(masked, { ...values, mask: new Array(ROWS * WIDTH).fill(0) });
    // nothing is left of the tokens: every position predicts the same
    expectAllClose(
      dropped,
      rowsOf(dropped, VOCABULARY).flatMap(() => dropped.slice(0, VOCABULARY)),
      1e-6,
    );
    expect(dropped).not.toEqual(plain);
  });

  it('passes on what a model does wrong', async () => {
    const broken = tinyModel(given);
    const traced = new TracedModel({
      ...broken,
      logits: () => {
        throw new Error('heads do not divide');
      },
    });
    expect(await errorOf(() => traced.dropoutSites(1, 1))).toMatchObject({ code: 'FARZI_TRACE' });
  });
});

it('is one for the same sizes, whose programs are recorded once', () => {
  let recorded = 0;
  const definition = {
    ...{ id: 'counted', task: 'recommendation' as const, schema: { type: 'object', properties: {} } as const },
    create: (_options: never, sizes: { readonly vocabularySize: number; readonly maxLength: number }) => {
      const model = tinyModel({ ...sizes, width: WIDTH, factors: false });
      return { ...model, logits: (...given: Parameters<typeof model.logits>) => (recorded++, model.logits(...given)) };
    },
  };
  const at = (maxLength: number): TracedModel => tracedModel({ definition, options: {} }, { vocabularySize: VOCABULARY, maxLength });
  const optimizer = adam();
  const step = (): unknown => stepProgram(realSource(at(LENGTH), [], { batchSize: BATCH, length: LENGTH }).problem, optimizer);
  expect(step()).toBe(step());
  // its dropout sites, and the step
  expect(recorded).toBe(2);
  expect(at(LENGTH + 1)).not.toBe(at(LENGTH));
});
