import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32c } from '@aws-crypto/crc32c';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A number of a curve. */
export interface Scalar {
  /** Of the curve: parts between slashes are groups. */
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/** Field numbers of TensorFlow's `Event`, `Summary` and `Summary.Value` (event.proto, summary.proto). */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** A file of events as TensorBoard follows it while it grows: each event is there whole as soon as it is written. */
export class EventFile {
  readonly #file: number;

  /** @param now - seconds since 1970 */
  constructor(
    path: string,
    private readonly now: () => number,
  ) {
    this.#file = openSync(path, 'w');
    this.#write((event) => event.tag(EVENT.fileVersion, WireType.LengthDelimited).string('brain.Event:2'));
  }

  add({ tag, step, value }: Scalar): void {
    this.#write((event) =>
      event
        .tag(EVENT.step, WireType.Varint)
        .int64(step)
        .tag(EVENT.summary, WireType.LengthDelimited)
        .fork()
        .tag(SUMMARY_VALUE, WireType.LengthDelimited)
        .fork()
        .tag(VALUE.tag, WireType.LengthDelimited)
        .string(tag)
        .tag(VALUE.simpleValue, WireType.Bit32)
        .float(value)
        .join()
        .join(),
    );
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(fill: (event: BinaryWriter) => BinaryWriter): void {
    const event = new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(this.now());
    writeSync(this.#file, recordOf(fill(event).finish()));
  }
}

/** A record of a TFRecord file: length, its checksum, data, their checksum; little-endian. */
export function recordOf(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return record;
}

/** CRC-32C, turned and moved, as files of records have it: a checksum of what holds its own is no use otherwise. */
function maskedChecksum(data: Uint8Array): number {
  const checksum = crc32c(data);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
