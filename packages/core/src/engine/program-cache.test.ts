import { describe, expect, it, vi } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import type { Program } from '../program/node.js';
import { program } from '../program/program.js';
import type { Engine } from './engine.js';
import { onnxEngine } from './onnx/native.js';
import { withProgramCache } from './program-cache.js';

/** `factor · x + offsets` in a graph of its own. */
function scaled(factor: number, { size = 2, offset = 1 } = {}): Program {
  const graph = new Graph();
  const x = graph.input('x', [size]);
  const offsets = graph.constant(
    Float32Array.from({ length: size }, (_, at) => at + offset),
    [size],
    'float32',
  );
  return program('scaled', [x], { y: e.add(e.multiply(factor, x), offsets) });
}

async function cached() {
  const inner = await onnxEngine.create({ threads: 1 });
  return { compile: vi.spyOn(inner, 'compile'), engine: withProgramCache(inner) };
}
const result = async (engine: Engine, made: Program): Promise<number[]> => {
  const executable = await engine.compile(made);
  const { y } = await executable.run({ x: engine.upload(Float32Array.of(1, 2), [2]) });
  const values = [...(await engine.download(y as never))];
  await executable.dispose();
  return values;
};

describe('withProgramCache', () => {
  it('compiles the same program once, from whichever graph', async () => {
    const { engine, compile } = await cached();
    expect(await result(engine, scaled(2))).toEqual([3, 6]);
    expect(await result(engine, scaled(2))).toEqual([3, 6]);
    expect(compile).toHaveBeenCalledTimes(1);
  });

  it('tells programs apart by attributes, constants and shapes', async () => {
    const { engine, compile } = await cached();
    expect(await result(engine, scaled(2))).toEqual([3, 6]);
    expect(await result(engine, scaled(3))).toEqual([4, 8]);
    expect(await result(engine, scaled(2, { offset: 5 }))).toEqual([7, 10]);
    await engine.compile(scaled(2, { size: 3 }));
    expect(compile).toHaveBeenCalledTimes(4);
  });

  it('keeps a program that another still uses, and lets go of those that were not used for long', async () => {
    const { engine, compile } = await cached();
    const [first, second] = [await engine.compile(scaled(2)), await engine.compile(scaled(2))];
    await first.dispose();
    await first.dispose();
    for (const factor of [3, 4, 5, 6]) await result(engine, scaled(factor));
    const { y } = await second.run({ x: engine.upload(Float32Array.of(1, 2), [2]) });
    expect([...(await engine.download(y as never))]).toEqual([3, 6]);
    await result(engine, scaled(6));
    expect(compile).toHaveBeenCalledTimes(5);
    await result(engine, scaled(3));
    expect(compile).toHaveBeenCalledTimes(6);
  });

  it('tries again after a failure', async () => {
    const { engine, compile } = await cached();
    compile.mockRejectedValueOnce(new Error('no'));
    await expect(engine.compile(scaled(2))).rejects.toThrow('no');
    expect(await result(engine, scaled(2))).toEqual([3, 6]);
  });

  it('refuses a program that reads what is not among its nodes, instead of taking it for another', async () => {
    const { engine, compile } = await cached();
    const whole = scaled(2);
    const torn = { ...whole, nodes: whole.nodes.filter(({ op }) => op !== 'Multiply') };
    expect(await errorOf(() => engine.compile(torn))).toMatchObject({
      code: 'FARZI_INTERNAL',
      message: expect.stringMatching(/^The program scaled reads Multiply#\d+, which is not among its nodes\.$/) as string,
    });
    expect(compile).not.toHaveBeenCalled();
  });
});
