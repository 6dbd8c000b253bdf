import { defineCodec, definePlugin, storedPart } from '@farzi/core';

/** Every number in two bytes, as a bfloat16: the sign, the exponent, and seven bits of the fraction of a float32. */
export const myContribution = defineCodec({
  id: 'my-contribution',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  create: () => ({
    encode: (values, shape) => ({ values: { shape, values: Uint16Array.from(new Uint32Array(values.slice().buffer), upperHalf) } }),
    // a part that is missing, or belongs to another shape, is refused
    decode: (parts, shape) =>
      new Float32Array(Uint32Array.from(storedPart(parts, 'values', Uint16Array, shape), (upper) => upper << 16).buffer),
  }),
});

/** The nearest bfloat16 of a float32's bits; the largest numbers are cut, as they would become infinite. */
function upperHalf(bits: number): number {
  const rounded = (bits + 0x8000) >>> 16;
  return (rounded & 0x7fff) < 0x7f80 ? rounded : bits >>> 16;
}

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', codecs: [myContribution] });
