import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { checkStore } from '@farzi/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { S3Server, whyNoS3 } from '../../../test/s3-server.js';
import { s3 } from '../src/s3.js';

const reason = whyNoS3();
if (reason !== undefined) process.stderr.write(`NOT TESTED: values in S3-compatible storage: ${reason}.\n`);

const folder = mkdtempSync(join(tmpdir(), 'farzi-s3-'));
afterAll(() => rmSync(folder, { recursive: true }));
let server: S3Server;

/** Who asks from now on: nobody else whom this machine may know. */
function be(credentials: Readonly<Record<string, string>>): void {
  const none = join(folder, 'none');
  const nobody = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none };
  const unset = Object.fromEntries(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) => [name, undefined]));
  for (const [name, value] of Object.entries({ ...nobody, ...unset, ...credentials })) vi.stubEnv(name, value);
}

/** How reaching a place ends, and using it without. */
const outcomes = async (address: string): Promise<unknown[]> => {
  const url = new URL(address);
  const blobs = await s3.open(url);
  const calls = [() => s3.reach?.(url), () => blobs.read('a'), () => blobs.write('a', Uint8Array.of(1))];
  return Promise.all(
    calls.map(async (call) => {
      try {
        return await call();
      } catch (error) {
        expect(error).toMatchObject({ code: 'FARZI_STORE_UNREACHABLE', hint: expect.stringMatching(/\.$/) as string });
        return (error as Error).message;
      }
    }),
  );
};

describe.skipIf(reason !== undefined)('values in S3-compatible storage', () => {
  beforeAll(async () => {
    server = await S3Server.start(folder, 'runs');
  });

  afterAll(() => server.kill());

  beforeEach(() => be(server.credentials));

  afterEach(() => vi.unstubAllEnvs());

  it.each(['runs', 'runs/deep/pre fix'])('keep the contract of a store at %s', async (path) => {
    await expect(checkStore(s3, { address: server.address(path) })).resolves.toBeUndefined();
  });

  it('of one prefix are not those of another', async () => {
    const [one, other] = [await s3.open(new URL(server.address('runs/one'))), await s3.open(new URL(server.address('runs/other')))];
    await one.write('a', Uint8Array.of(1));
    expect(await other.read('a')).toBeUndefined();
    await other.write('a', Uint8Array.of(2));
    expect(await one.read('a')).toEqual(Uint8Array.of(1));
  });

  it('are waited for while the server is away', async () => {
    const blobs = await s3.open(new URL(server.address('runs/away')));
    await blobs.write('a', Uint8Array.of(1));
    await server.kill();
    const names = Array.from({ length: 40 }, (_, index) => `b${index}`);
    const asked = Promise.all([blobs.read('a'), ...names.map((name) => blobs.write(name, Uint8Array.of(2)))]);
    await wait(3000);
    await server.start();
    expect((await asked)[0]).toEqual(Uint8Array.of(1));
    for (const name of names) expect(await blobs.read(name)).toEqual(Uint8Array.of(2));
  });

  it('are told to be out of reach, with the reason', async () => {
    const the = `The store at ${server.endpoint}`;
    expect(await outcomes(server.address('lost'))).toEqual(Array(3).fill(`${the} has no bucket "lost".`));
    be({ ...server.credentials, AWS_SECRET_ACCESS_KEY: 'hunter2' });
    expect(await outcomes(server.address('runs'))).toEqual([
      ...Array<string>(2).fill(`${the} refuses the credentials: SignatureDoesNotMatch.`),
      // the answer to a question whether something is there has no text
      `${the} does not let these credentials write in the bucket "runs": status 403.`,
    ]);
    be({ ...server.credentials, AWS_ACCESS_KEY_ID: 'stranger' });
    expect((await outcomes(server.address('runs')))[0]).toBe(`${the} refuses the credentials: InvalidAccessKeyId.`);
    be(server.guest);
    expect(await outcomes(server.address('runs'))).toEqual([
      ...Array<string>(2).fill(`${the} does not let these credentials read in the bucket "runs": AccessDenied.`),
      `${the} does not let these credentials write in the bucket "runs": status 403.`,
    ]);
    be({});
    expect(await outcomes(server.address('runs'))).toEqual(Array(3).fill(`${the} wants credentials, and there are none.`));
    be(server.credentials);
    expect((await outcomes(`${server.address('runs')}&region=eu-west-1`))[0]).toBe(
      `${the} cannot be asked for the bucket "runs" without its region.`,
    );
  });
});
