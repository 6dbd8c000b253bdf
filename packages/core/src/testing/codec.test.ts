import { describe, expect, it } from 'vitest';
import { FarziError } from '../errors.js';
import { noOptions } from '../options/schema.js';
import { type CodecDefinition, codecOf, type StorageCodec } from '../storage/codec.js';
import { builtInCodecs, float32 } from '../storage/codecs/index.js';
import type { StoredTensor } from '../storage/safetensors.js';
import { checkCodec } from './codec.js';

it.each(builtInCodecs)('$id keeps the contract', async (definition) => {
  await expect(checkCodec(definition)).resolves.toBeUndefined();
});

const right = codecOf(float32());
const broken = (change: Partial<StorageCodec>): CodecDefinition => ({
  id: 'broken',
  schema: noOptions,
  create: () => ({ ...right, ...change }),
});

describe('checkCodec finds a codec', () => {
  let encoded = 0;
  let decoded = 0;
  const rows: readonly (readonly [string, CodecDefinition, string])[] = [
    [
      'that changes what it is given',
      broken({ encode: (values, shape) => right.encode(values.fill(1, 0, 1), shape) }),
      'broken (latents): Calling encode changes the values that it is given.',
    ],
    [
      'that encodes in another way each time',
      broken({
        encode: (values, shape) =>
          right.encode(
            Float32Array.from(values, (value) => value + 1e-3 * encoded++),
            shape,
          ),
      }),
      'broken (latents): The same values are encoded in another way when they are encoded again.',
    ],
    [
      'that gives no Float32Array',
      broken({ decode: (parts, shape) => Float64Array.from(right.decode(parts, shape)) as unknown as Float32Array }),
      'broken (latents): What decode gives is no Float32Array.',
    ],
    [
      'that loses numbers',
      broken({ decode: (parts, shape) => right.decode(parts, shape).subarray(1) }),
      'broken (latents): Calling decode gives 59 numbers for 60.',
    ],
    [
      'that divides by the largest of nothing but zeros',
      broken({
        decode: (parts, shape) => {
          const values = right.decode(parts, shape);
          const most = Math.max(...values.map(Math.abs));
          return values.map((value) => (value / most) * most);
        },
      }),
      'broken (zeros): Calling decode gives numbers that are not finite.',
    ],
    [
      'that gives other values',
      broken({ decode: (parts, shape) => right.decode(parts, shape).slice().reverse() }),
      'broken (latents): Calling decode gives other values than were encoded (relative distance 1.',
    ],
    [
      'that decodes in another way each time',
      broken({ decode: (parts, shape) => right.decode(parts, shape).map((value) => value * (1 + 1e-3 * decoded++)) }),
      'broken (latents): The same parts are decoded to other values when they are decoded again.',
    ],
    [
      'that does without a part',
      broken({ decode: (parts, shape) => (parts['values'] ? right.decode(parts, shape) : new Float32Array(60)) }),
      'broken (latents): Calling decode without values must throw FARZI_SAFETENSORS, and it gives values.',
    ],
    [
      'that does not look at the shape',
      broken({
        decode: ({ values }) => {
          if (values === undefined) throw new FarziError('FARZI_SAFETENSORS', 'There are no values.');
          return values.values as Float32Array;
        },
      }),
      'broken (latents): Calling decode for one row more must throw FARZI_SAFETENSORS, and it gives values.',
    ],
    [
      'that throws an error without a code',
      broken({
        decode: ({ values }, shape) => right.decode({ values: structuredClone(values ?? JSON.parse('{')) as StoredTensor }, shape),
      }),
      'broken (latents): Calling decode without values must throw FARZI_SAFETENSORS, and it throws SyntaxError',
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkCodec(definition)).rejects.toThrow(message);
  });
});
