import type { RandomStream } from '../random/stream.js';
import { sizeOf } from '../program/node.js';
import type { DropoutSite } from './traced-model.js';

/**
 * Inverted-dropout masks for one step: 0 with the site's rate, else `1 / (1 - rate)`. Two units share 32 random bits.
 */
export function dropoutMasks(sites: readonly DropoutSite[], stream: RandomStream): Readonly<Record<string, Float32Array>> {
  return Object.fromEntries(
    sites.map(({ shape, rate }, index) => {
      const mask = new Float32Array(sizeOf(shape));
      const threshold = Math.round(rate * 0x10000);
      const kept = 1 / (1 - rate);
      for (let at = 0; at < mask.length; at += 2) {
        const bits = stream.bits();
        mask[at] = (bits & 0xffff) >= threshold ? kept : 0;
        if (at + 1 < mask.length) mask[at + 1] = bits >>> 16 >= threshold ? kept : 0;
      }
      return [`dropout.${index}`, mask] as const;
    }),
  );
}
