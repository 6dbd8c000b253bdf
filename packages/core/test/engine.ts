import { disposeAll, type Engine, type EngineTensor, type HostValues } from '../src/engine/engine.js';
import { onnxEngine } from '../src/engine/onnx/native.js';
import { type DType, inputName, type Node } from '../src/program/node.js';
import { program } from '../src/program/program.js';
import { reachable } from '../src/program/walk.js';

/** The engine that tests compute with: one thread, so that every run gives the same bits. */
export const engine: Engine = await onnxEngine.create({ threads: 1 });

/** Numbers as the values of an input of some type. */
function hostValues(values: ArrayLike<number>, dtype: DType = 'float32'): HostValues {
  return dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
}

/** Compiles and runs a program that computes some nodes; `given` holds the values of the inputs they need, by name. */
export async function valuesOf<Name extends string>(
  nodes: Readonly<Record<Name, Node>>,
  given: Readonly<Record<string, ArrayLike<number>>> = {},
  on: Engine = engine,
): Promise<Record<Name, number[]>> {
  const inputs = [...reachable(Object.values(nodes))].filter(({ op }) => op === 'Input');
  const executable = await on.compile(program('test', inputs, nodes));
  const tensors = Object.fromEntries(
    inputs.map((input) => [inputName(input), on.upload(hostValues(given[inputName(input)] ?? [], input.dtype), input.shape)]),
  );
  const outputs = await executable.run(tensors);
  const values: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries<EngineTensor>(outputs)) values[name] = Array.from(await on.download(tensor));
  disposeAll(tensors);
  disposeAll(outputs);
  await executable.dispose();
  return values;
}

/** The value of one node; see {@link valuesOf}. */
export async function valueOf(node: Node, given: Readonly<Record<string, ArrayLike<number>>> = {}, on: Engine = engine): Promise<number[]> {
  return (await valuesOf({ node }, given, on)).node;
}
