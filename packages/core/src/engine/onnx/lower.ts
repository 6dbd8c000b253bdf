import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { invariant } from '../../errors.js';
import {
  type ConstantValues,
  type DType,
  inputName,
  type Node,
  type OnnxAttribute,
  type OnnxEmitter,
  type Program,
  sameShape,
} from '../../program/node.js';
import {
  AttributeProto_AttributeType as AttributeType,
  type AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from './generated/onnx_pb.js';

/** ONNX operator set that the lowerings are written for. */
const OPSET = 17n;
const IR_VERSION = 8n;

const elementTypes: Readonly<Record<DType, number>> = {
  float32: DataType.FLOAT,
  int32: DataType.INT32,
  bool: DataType.BOOL,
};

/** The schema's integers are 64 bits wide. */
const integersOf = (values: readonly number[]): bigint[] => values.map(BigInt);

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** A node whose values are still to be named. */
type WrittenNode = MessageInitShape<typeof NodeProtoSchema> & { input: string[]; output: string[] };

class ModelWriter implements OnnxEmitter {
  readonly nodes: WrittenNode[] = [];
  readonly initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  readonly #scalars = new Map<string, string>();
  /** What values are called that became outputs. */
  readonly #outputs = new Map<string, string>();
  #label = '';
  #next = 0;

  /** Names what is emitted next after the node it belongs to. */
  begin(node: Node): void {
    this.#label = node.origin === undefined ? `${node.op}#${node.id}` : `${node.op}#${node.id} ${node.origin}`;
  }

  emit(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}, at = 0): string {
    const outputs = Array.from({ length: at + 1 }, () => `v${this.#next++}`);
    const output = outputs[at] as string;
    this.nodes.push({
      name: `${this.#label} ${opType} ${output}`,
      opType,
      input: [...inputs],
      output: outputs,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  constant(values: ConstantValues, shape: readonly number[], dtype: DType): string {
    const name = `c${this.#next++}`;
    this.initializers.push({ name, dims: integersOf(shape), dataType: elementTypes[dtype], rawData: bytesOf(values) });
    return name;
  }

  scalar(value: number): string {
    return this.#shared(`f${value}`, () => this.constant(Float32Array.of(value), [], 'float32'));
  }

  integers(values: readonly number[]): string {
    return this.#shared(`i${values.join()}`, () => {
      const name = `c${this.#next++}`;
      const rawData = bytesOf(BigInt64Array.from(values, BigInt));
      this.initializers.push({ name, dims: integersOf([values.length]), dataType: DataType.INT64, rawData });
      return name;
    });
  }

  cast(value: string, dtype: DType): string {
    return this.emit('Cast', [value], { to: elementTypes[dtype] });
  }

  /**
   * Makes a value an output: under that name from the start, so that it is not copied, unless it is an input, an
   * initializer or another output too.
   */
  output(value: string, name: string): void {
    const known = this.#outputs.get(value);
    if (known !== undefined || !this.nodes.some(({ output }) => output.includes(value))) {
      const input = [known ?? value];
      this.nodes.push({ name: `output ${name}`, opType: 'Identity', input, output: [name] });
      return;
    }
    this.#outputs.set(value, name);
    const renamed = (values: readonly string[]): string[] => values.map((each) => (each === value ? name : each));
    for (const node of this.nodes) {
      node.input = renamed(node.input);
      node.output = renamed(node.output);
    }
  }

  #shared(key: string, make: () => string): string {
    const known = this.#scalars.get(key) ?? make();
    this.#scalars.set(key, known);
    return known;
  }
}

function attribute(name: string, value: OnnxAttribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: integersOf(value) };
}

function valueInfo(name: string, node: Node): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = node.shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  return { name, type: { value: { case: 'tensorType', value: { elemType: elementTypes[node.dtype], shape: { dim } } } } };
}

/** Sums of a value that nothing else reads and that can start from the other one instead of zeros. */
function sumsFrom({ nodes, outputs }: Program): Map<Node, { readonly term: Node; readonly start: Node }> {
  const uses = new Map<Node, number>();
  for (const node of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map((output) => output.node)])
    uses.set(node, (uses.get(node) ?? 0) + 1);
  const fits = (term: Node, sum: Node): boolean =>
    term.graph.definitionOf(term.op).accumulates?.(term) === true && uses.get(term) === 1 && sameShape(term.shape, sum.shape);
  return new Map(
    nodes.flatMap((sum) => {
      const term = sum.op === 'Add' ? sum.inputs.findLast((input) => fits(input, sum)) : undefined;
      const start = sum.inputs.find((input) => input !== term);
      return term === undefined || start === undefined ? [] : [[sum, { term, start }] as const];
    }),
  );
}

/**
 * How an engine writes an op in place of the op's own rule, as `OpDefinition.onnx` does; `undefined` where that rule will
 * do.
 */
export type Lowering = (node: Node, inputs: readonly string[], emitter: OnnxEmitter, start?: string) => string | undefined;

/** By op. */
export type Lowerings = Readonly<Record<string, Lowering>>;

/** A program as an ONNX graph: input `x` is called `in:x` there, output `y` `out:y`. */
export function graphOf(program: Program, lowerings: Lowerings = {}): GraphProto {
  const writer = new ModelWriter();
  const names = new Map<Node, string>();
  const nameOf = (node: Node): string => {
    const name = names.get(node);
    invariant(name !== undefined, `The program ${program.name} reads ${node.op}#${node.id} before it is computed.`);
    return name;
  };
  const written = (node: Node, start?: string): string => {
    const inputs = node.inputs.map(nameOf);
    return lowerings[node.op]?.(node, inputs, writer, start) ?? node.graph.definitionOf(node.op).onnx(node, inputs, writer, start);
  };
  const sums = sumsFrom(program);
  const added = new Set([...sums.values()].map(({ term }) => term));
  for (const node of program.nodes) {
    if (added.has(node)) continue;
    writer.begin(node);
    const sum = sums.get(node);
    if (node.op === 'Input') names.set(node, `in:${inputName(node)}`);
    else names.set(node, sum === undefined ? written(node) : written(sum.term, nameOf(sum.start)));
  }
  for (const { name, node } of program.outputs) writer.output(nameOf(node), `out:${name}`);
  return create(GraphProtoSchema, {
    name: program.name,
    node: writer.nodes,
    initializer: writer.initializers,
    input: program.inputs.map((node) => valueInfo(`in:${inputName(node)}`, node)),
    output: program.outputs.map(({ name, node }) => valueInfo(`out:${name}`, node)),
  });
}

/** A graph as the bytes of an ONNX model, with what is said about it. */
export function modelBytes(
  graph: MessageInitShape<typeof GraphProtoSchema>,
  said: Pick<MessageInitShape<typeof ModelProtoSchema>, 'docString' | 'metadataProps'> = {},
) {
  const opsetImport = [{ domain: '', version: OPSET }];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: IR_VERSION, producerName: 'farzi', opsetImport, graph, ...said }),
  );
}

/** A program as the bytes of an ONNX model. Inputs and outputs keep their names. */
export const lower = (program: Program, lowerings?: Lowerings): Uint8Array => modelBytes(graphOf(program, lowerings));
