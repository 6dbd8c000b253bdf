import { readFile } from 'node:fs/promises';
import type { SyntheticPackage } from '../src/synthetic/package.js';

type Numbers = readonly number[];

/** Synthetic data that were written to files of every version of the format, in `fixtures/synthetic`. */
export async function examplePackage(): Promise<SyntheticPackage> {
  const text = await readFile(new URL('fixtures/synthetic/expected.json', import.meta.url), 'utf8');
  const { data, ...rest } = JSON.parse(text) as Omit<SyntheticPackage, 'data'> & { readonly data: SyntheticPackage['data'] };
  const floats = (values: unknown): Float32Array => Float32Array.from(values as Numbers);
  return {
    ...rest,
    data: {
      ...data,
      // what files say nothing of, which were written before it could be another
      matchingTemperature: 1,
      latents: floats(data.latents),
      decoder: floats(data.decoder),
      weights: floats(data.weights),
      ids: Int32Array.from(data.ids as unknown as Numbers),
    },
  };
}
