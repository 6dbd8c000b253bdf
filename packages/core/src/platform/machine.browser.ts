import type { memoryHere as memoryOfNode } from './machine.js';
import { page } from './page.js';

/** Threads that compute at the same time: one where pages share no memory between them. */
export const threadsHere = (): number => (page.crossOriginIsolated === true ? (page.navigator?.hardwareConcurrency ?? 1) : 1);

/** Browsers do not say. */
export const memoryHere: typeof memoryOfNode = () => undefined;

/** Nobody says. */
export const memoryTaken = (): number => 0;
