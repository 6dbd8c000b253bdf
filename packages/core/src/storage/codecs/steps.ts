/** 1024 times the powers of two at eighths, rounded to 11 bits: multiples by up to 13 bits are exact in float32. */
const EIGHTHS = [1024, 1117, 1218, 1328, 1448, 1579, 1722, 1878];
/** What the exponents of two begin with. */
const LEAST_EXPONENT = -20;
const LARGEST_CODE = 255;

/** The step that a byte stands for: 0, or from 2⁻²⁰ to 3756, eight to an octave. */
export const stepOf = (code: number): number =>
  code === 0 ? 0 : ((EIGHTHS[code % 8] as number) / 1024) * 2 ** (Math.floor(code / 8) + LEAST_EXPONENT);

/** The byte of the largest step that is no larger than a number above 0; 1 where there is none. */
export function stepBelow(number: number): number {
  // the logarithm may be off by a little
  let code = Math.min(LARGEST_CODE, Math.floor((Math.log2(number) - LEAST_EXPONENT) * 8) + 1);
  while (code > 1 && stepOf(code) > number) code -= 1;
  return Math.max(1, code);
}

/** The byte of the largest step that some numbers are whole multiples of, `most` times at most; 0 if there is none. */
export function commonStep(numbers: Float32Array, most: number): number {
  const isMultiple = (step: number): boolean =>
    numbers.every((value) => {
      const times = Math.round(value / step);
      return times * step === value && Math.abs(times) <= most;
    });
  for (let code = LARGEST_CODE; code > 0; code--) if (isMultiple(stepOf(code))) return code;
  return 0;
}
