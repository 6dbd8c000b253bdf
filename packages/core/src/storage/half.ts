import { getFloat16, setFloat16 } from '@petamoriken/float16';

const view = new DataView(new ArrayBuffer(2));

/** Largest finite number of 16 bits. */
const LARGEST = 65504;

/** Bits of the float16 that is nearest to a number; what is too large becomes the largest finite one. */
export function toHalf(value: number): number {
  setFloat16(view, 0, Math.max(-LARGEST, Math.min(LARGEST, value)));
  return view.getUint16(0);
}

/** Bits of the largest float16 that is not above a number from 0. */
export function toHalfBelow(value: number): number {
  const bits = toHalf(value);
  // positive halves are in the order of their bits
  return fromHalf(bits) > value ? bits - 1 : bits;
}

/** The number that the bits of a float16 stand for. */
export function fromHalf(bits: number): number {
  view.setUint16(0, bits);
  return getFloat16(view, 0);
}
