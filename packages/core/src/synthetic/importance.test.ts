import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { noOptions } from '../options/schema.js';
import { codecOf, type ConfiguredCodec, type StorageCodec } from '../storage/codec.js';
import { entropy } from '../storage/codecs/index.js';
import { asStored } from './encoded.js';
import { importanceOf } from './importance.js';
import { storedBytes } from './stored-bytes.js';
import { distributionAt } from './hard.js';
import type { SyntheticData } from './synthetic.js';

const rank = 4;
const [positions, tokens] = [400, 100];
const sizes = [1.5, 0.7, 0.3, 0.1];
const stream = new RandomStream(3, 'importance');
const scaled = (values: Float32Array): Float32Array => values.map((value, at) => value * (sizes[at % rank] ?? 0));
const latents = scaled(stream.normal(positions * rank));
/** `[tokens, rank]`: the first tokens have the largest numbers. */
const decoder = stream.normal(tokens * rank).map((value, at) => (value * 1.5) / (1 + Math.floor(at / rank) / 30));

const data: SyntheticData = {
  ...{ sequences: 8, length: 50, rank, vocabularySize: tokens, temperature: 1, matchingTemperature: 1, inputs: 'hard' },
  ...{ latents, weights: new Float32Array(positions).fill(1), ids: new Int32Array(positions) },
  decoder: Float32Array.from({ length: rank * tokens }, (_, at) => decoder[(at % tokens) * rank + Math.floor(at / tokens)] ?? 0),
};

describe('importanceOf', () => {
  it('counts columns by what they are multiplied with, and more where there are fewer rows', () => {
    const { latents: ofLatents, decoder: ofDecoder } = importanceOf({ latents, decoder, rank, temperature: 2 });
    const ratios = Array.from(ofDecoder, (value) => value / (ofDecoder[0] ?? 0));
    ratios.forEach((ratio, column) => {
      expect(ratio / ((sizes[column] ?? 0) / 1.5)).toBeCloseTo(1, 0.5);
    });
    const size = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    const times = size(ofLatents) / size(decoder) / (size(ofDecoder) / size(latents));
    expect(times).toBeCloseTo(Math.sqrt(tokens / positions), 2);
    const halved = importanceOf({ latents, decoder, rank, temperature: 1 });
    expect((ofLatents[0] ?? 0) / (halved.latents[0] ?? 0)).toBeCloseTo(0.5, 5);
  });

  it('makes a coarse codec lose less of the targets in as many bytes', () => {
    const lost = (stored: SyntheticData): number => {
      let divergence = 0;
      for (let position = 0; position < positions; position++) {
        const [before, after] = [data, stored].map((each) => distributionAt(each, Math.floor(position / 50), position % 50));
        before?.forEach((each, token) => (divergence += (each * Math.log(each / (after?.[token] ?? 0))) / positions));
      }
      return divergence;
    };
    const provenance = { dataset: 'none', protocol: 'none', seed: 1, model: 'none', outerSteps: 0 };
    const measured = (storage: ConfiguredCodec) => {
      const { latents: ofLatents, decoder: ofDecoder } = storedBytes({
        data,
        storage,
        vocabulary: Array.from({ length: tokens }, String),
        provenance,
      });
      return { bytes: ofLatents + ofDecoder, lost: lost(asStored(data, codecOf(storage))) };
    };
    const codec = codecOf(entropy({ step: 0.8 }));
    const blind: StorageCodec = {
      encode: (values, shape) => codec.encode(values, shape),
      decode: (parts, shape) => codec.decode(parts, shape),
    };
    const aware = measured(entropy({ step: 0.5 }));
    const unaware = measured({ definition: { id: 'blind', schema: noOptions, create: () => blind }, options: {} });
    expect(aware.bytes).toBeLessThan(unaware.bytes);
    expect(aware.lost).toBeLessThan(unaware.lost);
  });
});
