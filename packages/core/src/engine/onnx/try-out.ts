import { Graph } from '../../program/graph.js';
import { program } from '../../program/program.js';
import type { OnnxEngine } from './engine.js';

/** Computes 1 + 1: libraries are loaded, and devices looked for, when a session is made. */
export async function tryOut(engine: OnnxEngine): Promise<void> {
  const graph = new Graph();
  const x = graph.input('x', [1]);
  const executable = await engine.compile(program('try-out', [x], { sum: graph.apply('Add', [x, x]) }));
  const { sum } = await executable.run({ x: engine.upload(Float32Array.of(1), [1]) });
  const [value] = sum === undefined ? [] : await engine.download(sum);
  await executable.dispose();
  await engine.dispose();
  if (value !== 2) throw new Error(`The sum of 1 and 1 came back as ${String(value)}.`);
}
