import type { CodecDefinition } from '../codec.js';
import { entropy } from './entropy.js';
import { float16 } from './float16.js';
import { float32 } from './float32.js';
import { int2, int3, int4, int8 } from './integer.js';

export { entropy, float16, float32, int2, int3, int4, int8 };

/** The codecs that need no plugin. */
export const builtInCodecs: readonly CodecDefinition[] = [float32, float16, int8, int4, int3, int2, entropy];

/** What synthetic data are stored with where nothing else is said. */
export const defaultCodec = entropy;
