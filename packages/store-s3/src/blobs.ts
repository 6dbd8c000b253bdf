import { setTimeout as wait } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { blobName, type BlobStore } from '@farzi/core';
import type { Place } from './address.js';
import { explain, isMissing, isNotFound, passes, type Trouble } from './trouble.js';

/** How long a server may take to accept a connection, and then to say or take anything. */
const CONNECT_MILLISECONDS = 10_000;
const SILENCE_MILLISECONDS = 60_000;

/** How long a server that is away is waited for, beyond what the client does by itself. */
const PATIENCE_MILLISECONDS = 30_000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 4000;

/** What nobody keeps, to be asked for. */
const NOTHING = 'farzi-is-anybody-there';

function clientOf({ endpoint, region }: Place, attempts: object): S3Client {
  return new S3Client({
    ...attempts,
    // not every server has a name of its own for each bucket
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(region === undefined ? {} : { region }),
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENCE_MILLISECONDS },
    // not every server knows more checksums than that of the signature
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** Blobs as objects of a bucket. One that is being written is not seen: objects come into being whole. */
export class S3Blobs implements BlobStore {
  readonly #client: S3Client;

  constructor(private readonly place: Place) {
    this.#client = clientOf(place, {});
  }

  /** @throws FARZI_STORE_UNREACHABLE */
  async read(name: string): Promise<Uint8Array | undefined> {
    const object = this.#object(name);
    return this.#patiently('read', () => bytesOf(this.#client, object));
  }

  /** @throws FARZI_STORE_UNREACHABLE */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const object = this.#object(name);
    await this.#patiently('write', async () => {
      // what is there already is the same
      if (!(await this.#has(object))) await this.#client.send(new PutObjectCommand({ ...object, Body: bytes }));
    });
  }

  /** @throws FARZI_STORE_UNREACHABLE */
  async remove(name: string): Promise<void> {
    const object = this.#object(name);
    await this.#patiently('remove', () => this.#client.send(new DeleteObjectCommand(object)));
  }

  async #has(object: S3Object): Promise<boolean> {
    try {
      await this.#client.send(new HeadObjectCommand(object));
      return true;
    } catch (trouble) {
      if (isNotFound(trouble as Trouble)) return false;
      throw trouble;
    }
  }

  /**
   * Tries something until it works, or until a server has been away for long. The client alone would not wait: all that
   * is tried at the same time shares what tries it has, and answers that break off are not its concern.
   */
  async #patiently<T>(action: string, attempt: () => Promise<T>): Promise<T> {
    const end = performance.now() + PATIENCE_MILLISECONDS;
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
      try {
        return await attempt();
      } catch (thrown) {
        const trouble = thrown as Trouble;
        if (!passes(trouble) || performance.now() + pause > end) throw explain(trouble, this.place, action);
      }
      await wait(pause);
    }
  }

  #object(name: string): S3Object {
    return objectOf(this.place, name);
  }
}

interface S3Object {
  readonly Bucket: string;
  readonly Key: string;
}

const objectOf = ({ bucket, prefix }: Place, name: string): S3Object => ({ Bucket: bucket, Key: `${prefix}${blobName(name)}` });

async function bytesOf(client: S3Client, object: S3Object): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand(object));
    return await Body?.transformToByteArray();
  } catch (trouble) {
    if (isMissing(trouble as Trouble)) return undefined;
    throw trouble;
  }
}

/**
 * Finds out whether a bucket is there and may be read, trying once.
 *
 * @throws FARZI_STORE_UNREACHABLE
 */
export async function reach(place: Place): Promise<void> {
  const client = clientOf(place, { maxAttempts: 1 });
  try {
    await bytesOf(client, objectOf(place, NOTHING));
  } catch (trouble) {
    throw explain(trouble as Trouble, place, 'read');
  } finally {
    client.destroy();
  }
}
