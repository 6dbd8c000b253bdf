import * as tf from '@tensorflow/tfjs-core';
import { FarziError, isFarziError, reasonOf } from '../errors.js';
import { activeBackend } from './backend.js';
import type { DType, Node, NodeGraph } from './node.js';
import type { KernelInputs } from './ops/definition.js';
import { standardOps } from './op-table.js';

const BACKEND = 'farzi-trace';

/** A TensorFlow.js backend whose tensors are graph nodes: kernels record themselves instead of computing. */
class TraceBackend extends tf.KernelBackend {
  graph: NodeGraph | undefined;
  readonly #nodes = new WeakMap<object, Node>();

  nodeOf(dataId: object): Node {
    const node = this.#nodes.get(dataId);
    if (node === undefined || node.graph !== this.graph) {
      throw new FarziError('FARZI_TRACE', 'A traced function uses a tensor that was made outside it.', {
        hint: 'Make constants inside the function, or pass the tensor in as a parameter.',
      });
    }
    return node;
  }

  /** A tensor that stands for a node. */
  tensorOf(node: Node): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.info(node));
  }

  info(node: Node): tf.TensorInfo {
    const dataId = {};
    this.#nodes.set(dataId, node);
    return { dataId, shape: [...node.shape], dtype: node.dtype };
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    if (this.graph === undefined) throw new FarziError('FARZI_TRACE', `The ${BACKEND} backend only works inside trace().`);
    const supported = supportedType(dtype);
    const data =
      supported === 'float32'
        ? Float32Array.from(values as Float32Array)
        : supported === 'int32'
          ? Int32Array.from(values as Int32Array)
          : Uint8Array.from(values as Uint8Array);
    return this.info(this.graph.constant(data, shape, supported)).dataId;
  }

  override readSync(): never {
    throw new FarziError('FARZI_TRACE', 'A traced value has no data.', {
      hint: 'A model is recorded once and run many times: it cannot look at values with dataSync(), arraySync() or print(). Use tf.where instead of a branch.',
    });
  }

  override read(): never {
    return this.readSync();
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override numDataIds(): number {
    return 0;
  }

  override disposeData(): boolean {
    return true;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {
    // nodes are owned by their graph
  }

  decRef(): void {
    // nodes are owned by their graph
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    // nodes are owned by their graph
  }
}

function supportedType(dtype: tf.DataType): DType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new FarziError('FARZI_TRACE', `A traced function makes a ${dtype} tensor.`, {
    hint: 'Programs hold float32, int32 and bool values.',
  });
}

/** Where recording happens, as stacks may write it: this folder in sources, the whole package when it is bundled. */
const ownFolder = placesOf(new URL('.', import.meta.url));

/** A folder as a URL and as paths, on Windows with either slash. */
function placesOf({ href, pathname }: URL): string[] {
  const path = decodeURIComponent(pathname).replace(/^\/(?=[A-Za-z]:)/, '');
  return [href, path, path.replaceAll('/', '\\')];
}

const isForeign = (place: string): boolean =>
  /@tensorflow[\\/+]|node:internal/.test(place) || ownFolder.some((folder) => place.includes(folder));

/** Calls that are looked at: those of TensorFlow.js and of this package before a line are ten mostly, and to see more takes longer. */
const DEPTHS = [12, 64] as const;

/** Lines by the places of what runs: it takes long to find out which line of a source that was. */
const linesByPlace = new Map<string, string | undefined>();

/** The first line of the stack that is neither TensorFlow.js nor this package's recording machinery. */
function userLine(): string | undefined {
  for (const depth of DEPTHS) {
    const sites: unknown = stack(depth, (_error, calls) => calls);
    // only V8 tells them
    if (!Array.isArray(sites)) return lineOf(sites);
    const site = (sites as NodeJS.CallSite[]).find((each) => !isForeign(each.getFileName() ?? 'node:internal'));
    if (site === undefined) continue;
    const place = `${site.getFileName() ?? ''}:${site.getLineNumber() ?? 0}:${site.getColumnNumber() ?? 0}`;
    if (!linesByPlace.has(place)) linesByPlace.set(place, lineOf(stack(depth, Error.prepareStackTrace)));
    return linesByPlace.get(place);
  }
  return undefined;
}

/** The calls that led here, as they are written by `prepare`. */
function stack(depth: number, prepare: typeof Error.prepareStackTrace): unknown {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = prepare;
    return new Error().stack;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

function lineOf(calls: unknown): string | undefined {
  return String(calls)
    .split('\n')
    .slice(1)
    .find((line) => !isForeign(line) && !line.endsWith('(<anonymous>)'))
    ?.replace(/^\s*at /, '')
    .replace(/^.*\((.*)\)$/, '$1')
    .replace(/^file:\/\//, '');
}

let backend: TraceBackend | undefined;

/** Registers the backend and one recorder per kernel; kernels without a rule fail with the name of the op. */
function traceBackend(): TraceBackend {
  if (backend !== undefined) return backend;
  const created = new TraceBackend();
  const recorders = standardOps.recorders();
  const known = new Set(recorders.keys());
  for (const [kernelName, record] of recorders) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs }) => {
        const { graph } = created;
        if (graph === undefined) throw new FarziError('FARZI_TRACE', `The ${BACKEND} backend only works inside trace().`);
        const result = graph.withOrigin(userLine(), () => record(kernelInputs(kernelName, inputs, created), attrs ?? {}, graph));
        return Array.isArray(result) ? (result as readonly Node[]).map((node) => created.info(node)) : created.info(result as Node);
      },
    });
  }
  for (const kernelName of allKernelNames()) {
    if (known.has(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: () => {
        throw new FarziError(
          'FARZI_UNKNOWN_OP',
          `The TensorFlow.js op ${kernelName} has no rule (used at ${userLine() ?? 'an unknown line'}).`,
          {
            hint: `Write it with ops that have one: ${[...known].sort().join(', ')}.`,
          },
        );
      },
    });
  }
  backend = created;
  return created;
}

/** TensorFlow.js exports every kernel's name as a constant of the same name (`export const Abs = 'Abs'`). */
function allKernelNames(): string[] {
  return Object.entries(tf).flatMap(([key, value]) => (typeof value === 'string' && (value === key || value === `_${key}`) ? [value] : []));
}

function kernelInputs(kernelName: string, inputs: tf.NamedTensorInfoMap, from: TraceBackend): KernelInputs {
  const node = (info: tf.TensorInfo): Node => from.nodeOf(info.dataId);
  return {
    get: (name) => {
      const info = inputs[name];
      if (info === undefined) throw new FarziError('FARZI_TRACE', `The kernel ${kernelName} was called without its input ${name}.`);
      return node(info);
    },
    get list() {
      return Object.values(inputs).map((info) => node(info as tf.TensorInfo));
    },
  };
}

/** Makes tensors from nodes while a function is recorded. */
export interface TraceScope {
  /** The tensor that stands for a node. */
  tensor(node: Node): tf.Tensor;
  /** The node behind a tensor. */
  node(tensor: tf.Tensor): Node;
}

/**
 * Records what a function of TensorFlow.js ops does as nodes of a graph. Nothing is computed: the function runs once,
 * its tensors have shapes but no data.
 *
 * @param graph - the graph that the ops are added to
 * @param body - gets a scope to turn nodes into tensors and back; returns what the caller wants, usually nodes
 * @throws FARZI_UNKNOWN_OP for an op without a rule, FARZI_TRACE for reading a value or using a foreign tensor
 */
export function trace<T>(graph: NodeGraph, body: (scope: TraceScope) => T): T {
  const tracer = traceBackend();
  const previousBackend = activeBackend();
  const previousGraph = tracer.graph;
  if ((tf.findBackendFactory(BACKEND) as unknown) === null) tf.registerBackend(BACKEND, () => tracer, 0);
  activate(BACKEND);
  tracer.graph = graph;
  tf.engine().startScope('farzi-trace');
  try {
    return body({ tensor: (node) => tracer.tensorOf(node), node: (tensor) => tracer.nodeOf(tensor.dataId) });
  } catch (error) {
    if (isFarziError(error) || !(error instanceof Error)) throw error;
    throw new FarziError('FARZI_TRACE', `A function could not be recorded: ${reasonOf(error.message)}.`, { cause: error });
  } finally {
    tf.engine().endScope();
    tracer.graph = previousGraph;
    restore(previousBackend);
  }
}

/** Where no backend was active, TensorFlow.js chooses one at its next op, as it would have without us. */
function restore(previousBackend: string | undefined): void {
  if (previousBackend === undefined) tf.removeBackend(BACKEND);
  else if (previousBackend !== BACKEND) activate(previousBackend);
}

/** Backends that are already initialised, as ours, switch synchronously; only the promise is asynchronous. */
function activate(name: string): void {
  void tf.setBackend(name);
}
