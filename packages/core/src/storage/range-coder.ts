/**
 * An adaptive binary range coder: bits that are likely take less than a bit. How likely one is, each context learns from
 * the bits that it had before. All numbers are whole, so that every reader comes to the same ones; docs/format.md says
 * how.
 */

/** Probabilities are parts of this. */
const ONE = 65536;
/** Of this many bits before, and the ones just gone, a probability is the mean. */
const MEMORY = 30;
/** What no probability is nearer to 0 or 1 than. */
const LEAST = 32;

/** How likely the next bit of one kind is set. */
export class BitContext {
  /** Of {@link ONE}. */
  probability = ONE / 2;
  #seen = 0;

  learn(bit: number): void {
    const towards = (bit === 1 ? ONE : 0) - this.probability;
    const next = this.probability + Math.floor((2 * towards) / (2 * this.#seen + 3));
    this.probability = Math.max(LEAST, Math.min(ONE - LEAST, next));
    if (this.#seen < MEMORY) this.#seen += 1;
  }
}

/** The number below which a bit is set, of those from `low` to `high`. */
const between = (low: number, high: number, probability: number): number => low + Math.floor(((high - low) * probability) / ONE);

const BYTE = 2 ** 24;
const WORD = 2 ** 32;
const sameByte = (low: number, high: number): boolean => Math.floor(low / BYTE) === Math.floor(high / BYTE);

/** Bits to bytes. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #low = 0;
  #high = WORD - 1;

  /** @param context - learns the bit; without one it is as likely set as not */
  write(bit: number, context?: BitContext): void {
    const middle = between(this.#low, this.#high, context?.probability ?? ONE / 2);
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1;
    context?.learn(bit);
    while (sameByte(this.#low, this.#high)) {
      this.#bytes.push(Math.floor(this.#low / BYTE));
      this.#low = (this.#low % BYTE) * 256;
      this.#high = (this.#high % BYTE) * 256 + 255;
    }
  }

  /** All bytes: a reader takes those behind the last for 0. */
  finish(): Uint8Array {
    for (let unit = BYTE; ; unit /= 256) {
      const value = Math.ceil(this.#low / unit) * unit;
      if (value > this.#high) continue;
      for (let rest = value, size = BYTE; size >= unit; size /= 256) {
        this.#bytes.push(Math.floor(rest / size));
        rest %= size;
      }
      return Uint8Array.from(this.#bytes);
    }
  }
}

/** Bytes to bits. */
export class BitReader {
  #at = 0;
  #low = 0;
  #high = WORD - 1;
  #value = 0;

  constructor(private readonly bytes: Uint8Array) {
    for (let count = 0; count < 4; count++) this.#value = this.#value * 256 + this.#next();
  }

  /** Whether it has not come to the end yet. */
  get isBeforeEnd(): boolean {
    return this.#at < this.bytes.length;
  }

  /** Whether it has read on for longer than a writer leaves bytes away. */
  get isBehindEnd(): boolean {
    return this.#at > this.bytes.length + 3;
  }

  read(context?: BitContext): number {
    const middle = between(this.#low, this.#high, context?.probability ?? ONE / 2);
    const bit = this.#value <= middle ? 1 : 0;
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1;
    context?.learn(bit);
    while (sameByte(this.#low, this.#high)) {
      this.#low = (this.#low % BYTE) * 256;
      this.#high = (this.#high % BYTE) * 256 + 255;
      this.#value = (this.#value % BYTE) * 256 + this.#next();
    }
    return bit;
  }

  #next(): number {
    return this.bytes[this.#at++] ?? 0;
  }
}
