import * as tf from '@tensorflow/tfjs-core';
import { reasonOf } from '../../errors.js';
import { activeBackend } from '../../program/backend.js';
import type { EngineDefinition } from '../engine.js';
import { firstLine } from '../reason.js';
import { TfjsEngine } from './engine.js';

/** Why a backend cannot be used, in a sentence, and what would help. */
export interface Obstacle {
  readonly reason: string;
  readonly install?: string;
}

/** A backend of TensorFlow.js, and the package that brings it. */
export interface TfjsBackend {
  readonly id: string;
  /** The name that the package registers it under. */
  readonly backend: string;
  readonly install: string;
  /** What is known to be in the way before anything is loaded. */
  obstacle?(): Obstacle | undefined;
  /** Imports the package, which registers its backend. */
  load(): Promise<unknown>;
  /** Looks at the initialised backend: its name and version, or an error if it is not what its id says. */
  describe(): string;
  /** How many threads it computes with, which TensorFlow.js lets nobody choose. */
  threads(): number;
}

/** Loads a backend and initialises it without leaving it active. */
async function initialise({ backend, load }: TfjsBackend): Promise<void> {
  const previous = activeBackend();
  try {
    await load();
    if (tf.findBackendFactory(backend) === null) {
      throw new Error(
        `Its package registered the ${backend} backend with another copy of @tensorflow/tfjs-core than this one's ${tf.version_core}.`,
      );
    }
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not initialise its ${backend} backend.`);
    // the one on the CPU recommends another package to whoever uses it first
    const created = tf.backend();
    if ('firstUse' in created) Object.assign(created, { firstUse: false });
  } finally {
    if (previous !== undefined) await tf.setBackend(previous);
  }
}

/** The engine that replays programs on a backend. */
export function tfjsEngine(each: TfjsBackend): EngineDefinition {
  return {
    id: each.id,
    check: async () => {
      const obstacle = each.obstacle?.();
      if (obstacle !== undefined) return { usable: false, ...obstacle };
      try {
        await initialise(each);
        return { usable: true, version: each.describe() };
      } catch (error) {
        return { usable: false, reason: `${reasonOf(firstLine(error))}.`, install: each.install };
      }
    },
    create: async () => {
      await initialise(each);
      return new TfjsEngine(each.id, each.backend, each.threads());
    },
  };
}
