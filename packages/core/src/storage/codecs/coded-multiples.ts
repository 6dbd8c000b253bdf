import { BitContext, type BitReader, type BitWriter } from '../range-coder.js';

/** Multiples up to this are counted bit by bit, each with a context. */
const COUNTED = 15;

const contexts = (count: number): BitContext[] => Array.from({ length: count }, () => new BitContext());

/** A number from 1: as many bits that are set as it has behind its first, one that is not, and these bits, the highest first. */
export function writeCount(count: number, writer: BitWriter): void {
  const bits = Math.floor(Math.log2(count));
  for (let bit = 0; bit < bits; bit++) writer.write(1);
  writer.write(0);
  for (let bit = bits - 1; bit >= 0; bit--) writer.write(Math.floor(count / 2 ** bit) % 2);
}

export function readCount(reader: BitReader): number {
  let bits = 0;
  // more than any number here, as where the bytes are others
  while (bits < 32 && reader.read() === 1) bits += 1;
  let count = 1;
  for (let bit = 0; bit < bits; bit++) count = count * 2 + reader.read();
  return count;
}

/** Eight bits, the highest first. */
export function writeByte(byte: number, writer: BitWriter): void {
  for (let bit = 7; bit >= 0; bit--) writer.write((byte >> bit) & 1);
}

export function readByte(reader: BitReader): number {
  let byte = 0;
  for (let bit = 0; bit < 8; bit++) byte = byte * 2 + reader.read();
  return byte;
}

/** Writes whole numbers that are mostly small, of one column. */
export class MultipleWriter {
  /** For each size, whether a number is larger. */
  readonly #larger = contexts(COUNTED);

  constructor(private readonly writer: BitWriter) {}

  write(multiple: number): void {
    const size = Math.abs(multiple);
    for (let count = 0; count < Math.min(size + 1, COUNTED); count++) this.writer.write(size > count ? 1 : 0, this.#larger[count]);
    if (size >= COUNTED) writeCount(size - COUNTED + 1, this.writer);
    if (size > 0) this.writer.write(multiple < 0 ? 1 : 0);
  }
}

export class MultipleReader {
  readonly #larger = contexts(COUNTED);

  constructor(private readonly reader: BitReader) {}

  read(): number {
    let size = 0;
    while (size < COUNTED && this.reader.read(this.#larger[size]) === 1) size += 1;
    if (size === COUNTED) size += readCount(this.reader) - 1;
    if (size === 0) return 0;
    return this.reader.read() === 1 ? -size : size;
  }
}
