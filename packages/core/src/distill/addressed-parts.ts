import type { Part, PartWorker } from './elsewhere.js';

/** Who does a part: what estimates meta-gradients, or the students that judge synthetic data. */
export type PartDoer = 'metaOptimizer' | 'judge';

/** The state of a part, with who is to do it. */
interface AddressedPart {
  readonly who: PartDoer;
  readonly what: unknown;
}

/** Gets a part done. */
export type Ask = (part: Part) => Promise<Part>;

/** Asks for parts that one of the doers is to do. */
export const asking = (ask: Ask | undefined, who: PartDoer): Ask | undefined =>
  ask && (({ tensors, state }) => ask({ tensors, state: { who, what: state } satisfies AddressedPart }));

/**
 * Gives parts to whom they are for.
 *
 * @param makers - of the doers: each is made when its first part comes, and once
 */
export function addressedParts(makers: Readonly<Record<PartDoer, () => Promise<PartWorker>>>): PartWorker {
  const made = new Map<PartDoer, PartWorker>();
  return {
    run: async ({ tensors, state }) => {
      const { who, what } = state as AddressedPart;
      const worker = made.get(who) ?? (await makers[who]());
      made.set(who, worker);
      return worker.run({ tensors, state: what });
    },
    dispose: async () => {
      for (const worker of made.values()) await worker.dispose();
    },
  };
}
