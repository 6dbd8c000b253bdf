import { invariant } from '../errors.js';
import type { Node, Program } from '../program/node.js';
import { sha256 } from '../storage/sha256.js';
import type { Engine, Executable } from './engine.js';

/**
 * Compiled programs that nobody uses at the moment and that are kept all the same. Each may hold on to the memory of
 * its largest run.
 */
const MOST_IDLE = 3;

interface Entry {
  readonly executable: Promise<Executable>;
  users: number;
}

const digest = (values: ArrayBufferView): string => sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

const fingerprints = new WeakMap<Program, string>();

/** The same text for programs that compute the same in the same way, whatever graph they were made in. */
function fingerprint(program: Program): string {
  const known = fingerprints.get(program) ?? newFingerprint(program);
  fingerprints.set(program, known);
  return known;
}

function newFingerprint({ name, inputs, nodes, outputs }: Program): string {
  const places = new Map(nodes.map((node, place) => [node, place] as const));
  const placeOf = (node: Node): number => {
    const place = places.get(node);
    invariant(place !== undefined, `The program ${name} reads ${node.op}#${node.id}, which is not among its nodes.`);
    return place;
  };
  const lines = nodes.map(({ op, inputs: read, attributes, shape, dtype, values }) =>
    JSON.stringify([op, read.map(placeOf), values === undefined ? attributes : digest(values), shape, dtype], (_key, value: unknown) =>
      typeof value === 'number' ? String(value) : value,
    ),
  );
  const ends = JSON.stringify([name, inputs.map(placeOf), outputs.map((output) => [output.name, placeOf(output.node)])]);
  return sha256([ends, ...lines].join('\n'));
}

/**
 * An engine that compiles a program once as long as it is in use or was so lately: students of the same shape share
 * theirs.
 */
export function withProgramCache(engine: Engine): Engine {
  const entries = new Map<string, Entry>();

  /** Lets go of the idle programs that were used the longest time ago. */
  async function evict(most: number): Promise<void> {
    const idle = [...entries].filter(([, { users }]) => users === 0);
    for (const [key, { executable }] of idle.slice(0, Math.max(0, idle.length - most))) {
      entries.delete(key);
      await (await executable).dispose();
    }
  }

  function use(key: string, entry: Entry, executable: Executable): Executable {
    let disposed = false;
    return {
      run: (inputs) => executable.run(inputs),
      async dispose() {
        if (disposed) return;
        disposed = true;
        entry.users--;
        // the latest last
        entries.delete(key);
        entries.set(key, entry);
        await evict(MOST_IDLE);
      },
    };
  }

  return {
    id: engine.id,
    threads: engine.threads,
    async compile(program) {
      const key = fingerprint(program);
      const entry = entries.get(key) ?? { executable: engine.compile(program), users: 0 };
      entries.set(key, entry);
      entry.users++;
      try {
        return use(key, entry, await entry.executable);
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    upload: (values, shape) => engine.upload(values, shape),
    download: (tensor) => engine.download(tensor),
    async dispose() {
      await evict(0);
      await engine.dispose();
    },
  };
}
