import { describe, expect, it } from 'vitest';
import { engine } from '../../test/engine.js';
import { FarziError } from '../errors.js';
import type { Engine, EngineTensors } from '../engine/engine.js';
import { onTrackedEngine } from '../testing/tracked-engine.js';
import { GradientMean } from './gradient-mean.js';

const specs = { latents: { shape: [2, 1] }, decoder: { shape: [] } };
type Values = readonly [number, number, number];

const upload = ([first, second, third]: Values, on: Engine): EngineTensors => ({
  latents: on.upload(Float32Array.of(first, second), [2, 1]),
  decoder: on.upload(Float32Array.of(third), []),
});

/** The mean of some gradients, latents first. */
async function meanOf(gradients: readonly Values[]): Promise<number[]> {
  const mean = await GradientMean.compile(engine, specs, gradients.length);
  const { latents, decoder } = await mean.of((index) => Promise.resolve(upload(gradients[index] as Values, engine)));
  await mean.dispose();
  return [...(await engine.download(latents as never)), ...(await engine.download(decoder as never))];
}

describe('the mean of gradients', () => {
  it('is their sum over their number', async () => {
    expect(
      await meanOf([
        [1, 2, 3],
        [3, 4, -3],
      ]),
    ).toEqual([2, 3, 0]);
    expect(await meanOf(Array.from({ length: 7 }, () => [1, 0.5, -3]))).toEqual([1, 0.5, -3]);
  });

  it('adds in the order of the index', async () => {
    // what is added to 2^24 before anything cancels it is lost
    const large = 2 ** 24;
    expect(
      await meanOf([
        [large, 1, 1],
        [1, large, -large],
        [-large, -large, large],
      ]),
    ).toEqual([0, 0, Math.fround(1 / 3)]);
  });

  it('of one gradient is that gradient itself, without a program', async () => {
    const compile = (): never => {
      throw new Error('compiled');
    };
    const mean = await GradientMean.compile({ ...engine, compile }, specs, 1);
    const gradient = upload([1, 2, 3], engine);
    expect(await mean.of(() => Promise.resolve(gradient))).toBe(gradient);
    await mean.dispose();
  });

  it('uses gradients up, two at a time, after an error too', async () => {
    await onTrackedEngine(async (tracked) => {
      const mean = await GradientMean.compile(tracked, specs, 4);
      const held: number[] = [];
      const gradientAt = (failAt: number) => (index: number) => {
        held.push(tracked.live);
        if (index === failAt) throw new FarziError('FARZI_NON_FINITE', 'No gradient.');
        return Promise.resolve(upload([1, 2, 3], tracked));
      };
      const { latents, decoder } = await mean.of(gradientAt(4));
      expect(held).toEqual([0, 2, 2, 2]);
      expect(tracked.live).toBe(2);
      for (const tensor of [latents, decoder]) tensor?.dispose();
      for (const failAt of [0, 1, 3]) {
        await expect(mean.of(gradientAt(failAt))).rejects.toThrow('No gradient.');
        expect(tracked.live).toBe(0);
      }
      await mean.dispose();
    });
  });
});
