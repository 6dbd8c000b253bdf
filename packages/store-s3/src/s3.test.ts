import { afterEach, describe, expect, it, vi } from 'vitest';
import { s3 } from './s3.js';

describe('the store s3', () => {
  afterEach(() => vi.unstubAllEnvs());

  const nowhere = new URL('s3://runs/a?endpoint=http://127.0.0.1:1');

  it('refuses an address that names no place', () => {
    expect(() => s3.check?.(new URL('s3://'))).toThrow(expect.objectContaining({ code: 'FARZI_CONFIG_INVALID' }) as Error);
    expect(() => s3.check?.(nowhere)).not.toThrow();
  });

  it('tries once whether a server is there', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'me');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hunter2');
    const started = performance.now();
    await expect(s3.reach?.(nowhere)).rejects.toMatchObject({
      code: 'FARZI_STORE_UNREACHABLE',
      message: 'The store at http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1.',
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('wants to know nothing of a server before it is asked for something, and refuses names that lead elsewhere', async () => {
    const blobs = await s3.open(nowhere);
    for (const name of ['../a', 'a/b', '']) {
      for (const call of [() => blobs.read(name), () => blobs.write(name, Uint8Array.of(1)), () => blobs.remove(name)])
        await expect(call()).rejects.toMatchObject({ code: 'FARZI_STORE_INCOMPLETE' });
    }
  });
});
