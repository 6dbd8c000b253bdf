import { FarziError } from '../../errors.js';
import { type Configurable, configurable } from '../../options/configured.js';
import type { GivenOptions, Options } from '../../options/schema.js';
import { type CodecDefinition, type RowAim, storedPart, type StorageCodec, type StoredParts, VALUES } from '../codec.js';
import { BitReader, BitWriter } from '../range-coder.js';
import { MultipleReader, MultipleWriter, readByte, readCount, writeByte, writeCount } from './coded-multiples.js';
import { requireFinite } from './finite.js';
import { roundedTogether } from './rounded-together.js';
import { commonStep, stepBelow, stepOf } from './steps.js';

/** Multiples of a step, at most: as numbers of 12 bits, times a step of 11 they are exact in float32. */
const MOST = 4095;
/**
 * What is added to the size of a number before it is cut to a whole one. Below a half: multiples are then smaller, and
 * take fewer bits, by more than the larger errors cost.
 */
const ROUNDING = 0.4;

/**
 * Whole multiples of the step that each column has (each place of the last axis), entropy coded: what is small against
 * its step takes a fraction of a bit. Columns whose errors count have finer steps. Where it is known what errors of a row
 * cost together, its numbers are rounded such that they make up for one another.
 */
class EntropyCodec implements StorageCodec {
  /** @param step - in logits: of a column of importance 1. Without importance, of the root mean square of all numbers. */
  constructor(private readonly step: number) {}

  encode(values: Float32Array, shape: readonly number[], importance?: Float32Array, aimOf?: (row: number) => RowAim): StoredParts {
    requireFinite(values);
    const columns = columnsOf(values, shape.at(-1) ?? 1);
    const stored = storedSteps(columns);
    const steps = stored ?? this.#steps(columns, importance ?? evenly(values, columns.length));
    if (stored === undefined && aimOf !== undefined) roundTogether(columns, steps, aimOf);
    const writer = new BitWriter();
    writeCount(columns[0]?.length ?? 0, writer);
    for (const step of steps) writeByte(step, writer);
    columns.forEach((column, index) => {
      const step = stepOf(steps[index] as number);
      if (step === 0) return;
      const multiples = new MultipleWriter(writer);
      for (const value of column) multiples.write(multipleOf(value, step));
    });
    const bytes = writer.finish();
    return { [VALUES]: { shape: [bytes.length], values: bytes } };
  }

  decode(parts: StoredParts, shape: readonly number[]): Float32Array {
    const columns = shape.at(-1) ?? 1;
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const reader = new BitReader(storedPart(parts, VALUES, Uint8Array, [parts[VALUES]?.values.length ?? 0]));
    const count = readCount(reader);
    if (count !== rows) throw new FarziError('FARZI_SAFETENSORS', `There are ${count} rows, and not ${rows}.`);
    const steps = Uint8Array.from({ length: columns }, () => readByte(reader));
    const values = new Float32Array(rows * columns);
    steps.forEach((code, column) => {
      if (code === 0) return;
      const step = stepOf(code);
      const multiples = new MultipleReader(reader);
      for (let row = 0; row < rows; row++) values[row * columns + column] = multiples.read() * step;
      if (reader.isBehindEnd) throw new FarziError('FARZI_SAFETENSORS', `The bytes end in column ${column} of ${columns}.`);
    });
    if (reader.isBeforeEnd) throw new FarziError('FARZI_SAFETENSORS', 'There are more bytes than its numbers take.');
    return values;
  }

  /** As if a column's multiples were of the distribution of Laplace: bits grow with a number's part of the mean size. */
  slope(values: Float32Array, shape: readonly number[], importance?: Float32Array): Float32Array {
    const columns = columnsOf(values, shape.at(-1) ?? 1);
    const steps = this.#steps(columns, importance ?? evenly(values, columns.length));
    const slopes = new Float32Array(values.length);
    columns.forEach((column, index) => {
      const step = stepOf(steps[index] as number);
      if (step === 0) return;
      const mean = column.reduce((sum, value) => sum + Math.abs(value), 0) / column.length;
      const most = 1 / ((mean + step / 2) * Math.LN2 * 8);
      column.forEach((value, row) => {
        slopes[row * columns.length + index] = most * Math.max(-1, Math.min(1, (4 * value) / step));
      });
    });
    return slopes;
  }

  /** Bytes of steps; 0 for columns of zeros. */
  #steps(columns: readonly Float32Array[], importance: Float32Array): Uint8Array {
    return Uint8Array.from(columns, (column, index) => {
      const largest = column.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      if (largest === 0) return 0;
      const wanted = stepBelow(this.step / Math.max(importance[index] as number, Number.MIN_VALUE));
      // no number is so large that its multiple cannot be stored
      return Math.min(255, Math.max(wanted, stepBelow(largest / MOST) + 1));
    });
  }
}

/** Rounds columns row by row to multiples of their steps, which they then are. */
function roundTogether(columns: readonly Float32Array[], steps: Uint8Array, aimOf: (row: number) => RowAim): void {
  const sizes = Array.from(steps, stepOf);
  const rounded = (value: number, place: number): number => {
    const step = sizes[place] as number;
    return step === 0 ? 0 : multipleOf(value, step) * step;
  };
  for (let row = 0; row < (columns[0]?.length ?? 0); row++)
    roundedTogether(aimOf(row), rounded).forEach((value, place) => ((columns[place] as Float32Array)[row] = value));
}

function columnsOf(values: Float32Array, count: number): Float32Array[] {
  const rows = values.length / count;
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from({ length: rows }, (__, row) => values[row * count + index] as number),
  );
}

/** Every number counts as much, against the size of all. */
function evenly(values: Float32Array, columns: number): Float32Array {
  const size = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  return new Float32Array(columns).fill(1 / Math.max(size, 1e-30));
}

/** The steps of numbers that came back from storage; `undefined` for others. */
function storedSteps(columns: readonly Float32Array[]): Uint8Array | undefined {
  const steps = new Uint8Array(columns.length);
  for (const [index, column] of columns.entries()) {
    if (column.every((value) => value === 0)) continue;
    steps[index] = commonStep(column, MOST);
    if (steps[index] === 0) return undefined;
  }
  return steps;
}

function multipleOf(value: number, step: number): number {
  return Math.sign(value) * Math.min(MOST, Math.floor(Math.abs(value) / step + ROUNDING));
}

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    step: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 0.2,
      description: 'how coarsely latents and decoder are rounded, measured by what logits change: the coarser, the fewer bytes',
    },
  },
} as const;

/** Whole multiples of a step, entropy coded. */
export const entropy: Configurable<
  CodecDefinition<Options<typeof schema>>,
  GivenOptions<typeof schema>,
  Options<typeof schema>
> = configurable({
  id: 'entropy',
  schema,
  create: ({ step }: Options<typeof schema>) => new EntropyCodec(step),
});
