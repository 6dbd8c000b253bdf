import type { Arm } from '../arm.js';

/** Real sequences to train on. */
export const realArm = (sequences: readonly Int32Array[]): Arm => ({ data: { kind: 'real', sequences }, sequences: sequences.length });
