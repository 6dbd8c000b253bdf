import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import type { EngineTensors } from '../engine/engine.js';
import { adam } from '../optimizer/adam.js';
import { OuterUpdate } from './outer-update.js';

const specs = { latents: { shape: [2, 1] }, decoder: { shape: [3] } };
const optimizer = adam({ beta2: 0.99, epsilon: 1e-8 });
const start = { latents: [1, -1], decoder: [0.5, 0, 2] };
const rates = { latents: 0.1, decoder: 0.02 };
type Values = Record<keyof typeof specs, readonly number[]>;

const upload = (values: Values): Record<keyof typeof specs, EngineTensors[string]> => ({
  latents: engine.upload(Float32Array.from(values.latents), [2, 1]),
  decoder: engine.upload(Float32Array.from(values.decoder), [3]),
});
const read = async (tensors: EngineTensors, name: string): Promise<number[]> => [
  ...(await engine.download(tensors[name] as EngineTensors[string])),
];

/** Adam on clipped gradients with a rate for each value, by the book. */
function byHand(gradients: readonly Values[], clip: number): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  for (const key of ['latents', 'decoder'] as const) {
    const values = [...start[key]];
    const [m, v] = [values.map(() => 0), values.map(() => 0)];
    gradients.forEach((gradient, index) => {
      const norm = Math.hypot(...gradient.latents, ...gradient.decoder);
      values.forEach((value, at) => {
        const g = (gradient[key][at] ?? 0) * Math.min(1, clip / norm);
        m[at] = 0.9 * (m[at] ?? 0) + 0.1 * g;
        v[at] = 0.99 * (v[at] ?? 0) + 0.01 * g * g;
        const [mean, square] = [m[at] / (1 - 0.9 ** (index + 1)), v[at] / (1 - 0.99 ** (index + 1))];
        values[at] = value - (rates[key] * mean) / (Math.sqrt(square) + 1e-8);
      });
    });
    result[key] = values;
    result[`${key}.firstMoment`] = m;
    result[`${key}.secondMoment`] = v;
  }
  return result;
}

describe('the outer update', () => {
  let update: OuterUpdate;
  beforeAll(async () => {
    update = await OuterUpdate.compile(engine, specs, optimizer, false);
  });
  afterAll(() => update.dispose());

  const begun = (): EngineTensors => update.begin({ latents: Float32Array.from(start.latents), decoder: Float32Array.from(start.decoder) });

  it('names its slots after the values they belong to', () => {
    const names = ['latents', 'decoder'].flatMap((key) => [key, `${key}.firstMoment`, `${key}.secondMoment`]);
    expect(Object.keys(begun())).toEqual(names);
  });

  it('keeps moving averages of what it moves, short ones at first', async () => {
    const averaged = await OuterUpdate.compile(engine, specs, optimizer, false, 0.15);
    let state = averaged.begin({ latents: Float32Array.from(start.latents), decoder: Float32Array.from(start.decoder) });
    let expected = [...start.decoder];
    for (const step of [1, 2, 3]) {
      state = await averaged.apply(state, upload({ latents: [1, -1], decoder: [0.1, 0, -0.2] }), 1, step, rates);
      const decay = [0.1, 0.15, 0.15][step - 1] ?? 0;
      const values = await read(state, 'decoder');
      expected = expected.map((average, at) => decay * average + (1 - decay) * (values[at] ?? 0));
    }
    expectAllClose([...(await engine.download(averaged.averageOf(state, 'decoder')))], expected, 1e-5);
    expect(update.averageOf(state, 'decoder')).toBe(state['decoder']);
    await averaged.dispose();
  });

  it('measures the norm of all gradients together', async () => {
    expect(await update.norm(upload({ latents: [1, 2], decoder: [2, 4, 0] }))).toBeCloseTo(5, 5);
    expect(await update.norm(upload({ latents: [0, 0], decoder: [0, 0, 0] }))).toBe(0);
    expect(await update.norm(upload({ latents: [Number.NaN, 0], decoder: [0, 0, 0] }))).toBeNaN();
  });

  it.each([
    ['small gradients', [1, 1, 1]],
    ['gradients that are clipped', [100, 1, 1e4]],
  ])('takes the steps of Adam for %s', async (_name, sizes) => {
    const gradients = sizes.map((size, index) => ({
      latents: [0.1 * size, -0.2 * size],
      decoder: [0.05 * size * (index + 1), 0, -0.1 * size],
    }));
    let state: EngineTensors = begun();
    for (const [index, values] of gradients.entries()) {
      const gradient = upload(values);
      state = await update.apply(state, gradient, Math.min(1, 0.5 / (await update.norm(gradient))), index + 1, rates);
    }
    for (const [name, expected] of Object.entries(byHand(gradients, 0.5))) expectAllClose(await read(state, name), expected, 1e-5);
  });

  it('adds the gradient of a penalty, which is not clipped', async () => {
    const penalised = await OuterUpdate.compile(engine, specs, optimizer, true);
    const [gradient, penalty] = [
      { latents: [100, -50], decoder: [0, 0, 1000] },
      { latents: [0.1, 0], decoder: [0.3, 0, -0.1] },
    ];
    const factor = 0.001;
    const both = (key: keyof Values): number[] => gradient[key].map((each, at) => factor * each + (penalty[key][at] ?? 0));
    const state = await penalised.apply(begun(), upload(gradient), factor, 1, rates, upload(penalty));
    const expected = byHand([{ latents: both('latents'), decoder: both('decoder') }], Infinity);
    for (const [name, values] of Object.entries(expected)) expectAllClose(await read(state, name), values, 1e-5);
    await penalised.dispose();
  });

  it('leaves values alone without a gradient, and its inputs as they were', async () => {
    const state = begun();
    const gradient = upload({ latents: [0, 0], decoder: [0, 0, 0] });
    const next = await update.apply(state, gradient, 1, 1, rates);
    for (const key of ['latents', 'decoder'] as const) {
      expectAllClose(await read(next, key), start[key], 0);
      expectAllClose(await read(state, key), start[key], 0);
    }
  });
});
