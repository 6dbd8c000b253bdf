/**
 * Tells where the time of a training step or of a reverse step goes, by kind of ONNX node and its shapes, and how many
 * arrays of the logits' size are alive at once, in the order in which onnxruntime runs the optimised model.
 *
 *   pnpm bench:profile --program reverse --task language
 *   pnpm bench:profile --program training
 *   pnpm bench:profile --provider webgpu
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { Command, Option } from 'commander';
import {
  DEVICE_CHUNKS,
  inputName,
  lowerToOnnx,
  onnxRuntime,
  RandomStream,
  realSource,
  reverseProgram,
  sizeOf,
  stepProgram,
  webGpuLowerings,
} from '@farzi/core';
import { count } from './options.js';
import { withWorkload, Workload, type WorkloadChoice, workloadSizes } from './workload.js';

/** What makes each program. */
const programs = {
  step: ({ problem, optimizer }: Workload) => stepProgram(problem, optimizer),
  reverse: ({ problem, optimizer }: Workload) => reverseProgram(problem, optimizer, 'exact'),
  training: ({ model, sequences, shape, optimizer }: Workload) => stepProgram(realSource(model, sequences, shape).problem, optimizer),
};

interface Options extends WorkloadChoice {
  readonly program: keyof typeof programs;
  readonly provider: 'cpu' | 'webgpu';
  readonly runs: number;
  readonly lines: number;
}
const options = withWorkload(new Command('bench:profile'))
  .description("Tells where the time of one of onnx's programs goes, and how many arrays of the logits' size are alive at once.")
  .addOption(
    new Option('--program <name>', 'a step on synthetic data, its reverse step, or a step of training on real data')
      .choices(Object.keys(programs))
      .default('reverse'),
  )
  .addOption(new Option('--provider <name>', 'what computes').choices(['cpu', 'webgpu']).default('cpu'))
  .addOption(count('--runs <count>', 'runs to measure', 5))
  .addOption(count('--lines <count>', 'kinds of nodes to print', 25))
  .parse()
  .opts<Options>();
const { runs } = options;
const { InferenceSession, Tensor } = await onnxRuntime();
const workload = new Workload(workloadSizes(options));
const forCache = programs[options.program](workload);
const built = options.provider === 'webgpu' ? forCache.inChunks(DEVICE_CHUNKS) : forCache;
const folder = mkdtempSync(join(tmpdir(), 'farzi-profile-'));
const stream = new RandomStream(1, 'profile');
const batch = options.program === 'training' ? workload.realBatch() : workload.batchAt(0);
const fixed: Readonly<Record<string, Float32Array | Int32Array>> = {
  'meta.latents': workload.data.latents,
  'meta.decoder': workload.data.decoder,
  ...Object.fromEntries(Object.entries(batch).map(([name, value]) => [`batch.${name}`, value])),
};
const feeds = Object.fromEntries(
  built.inputs.map((node) => {
    const name = inputName(node);
    const data = fixed[name] ?? stream.child(name).normal(sizeOf(node.shape), 0.02).map(Math.abs);
    return [`in:${name}`, new Tensor(data as Float32Array, [...node.shape])];
  }),
);
const started = performance.now();
const session = await InferenceSession.create(lowerToOnnx(built, options.provider === 'webgpu' ? webGpuLowerings : {}), {
  executionProviders: [options.provider],
  intraOpNumThreads: availableParallelism(),
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  enableProfiling: true,
  profileFilePrefix: join(folder, 'profile'),
  optimizedModelFilePath: join(folder, 'optimised.onnx'),
});
const compileSeconds = (performance.now() - started) / 1000;
const times: number[] = [];
for (let run = 0; run < runs; run++) {
  const before = performance.now();
  await session.run(feeds);
  times.push(performance.now() - before);
}
session.endProfiling();
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly output_type_shape?: readonly Record<string, readonly number[]>[];
    readonly input_type_shape?: readonly Record<string, readonly number[]>[];
  };
}
const file = readdirSync(folder).find((name) => name.endsWith('.json')) as string;
const optimised = nodesOf(readFileSync(join(folder, 'optimised.onnx')));
const events = (JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[]).filter(
  ({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'),
);
rmSync(folder, { recursive: true });
const shapes = (list: readonly Record<string, readonly number[]>[] = []): string =>
  list.map((each) => `[${Object.values(each)[0]?.join('x') ?? ''}]`).join(' ');
const groups = new Map<string, { time: number; count: number }>();
for (const { dur, args } of events) {
  const key = `${args.op_name ?? ''} ${shapes(args.input_type_shape)} -> ${shapes(args.output_type_shape)}`;
  const group = groups.get(key) ?? { time: 0, count: 0 };
  groups.set(key, { time: group.time + dur, count: group.count + 1 });
}
const total = events.reduce((sum, { dur }) => sum + dur, 0) / runs / 1000;
console.log(
  `${built.name}: ${built.nodes.length} nodes, ${optimised.length} kernels of onnxruntime, compiled in ${compileSeconds.toFixed(2)} s, fastest run ${Math.min(...times).toFixed(1)} ms, ${total.toFixed(1)} ms in nodes`,
);
for (const [key, { time, count }] of [...groups].sort((a, b) => b[1].time - a[1].time).slice(0, options.lines)) {
  console.log(`${(time / runs / 1000).toFixed(2).padStart(8)} ms  ${String(count / runs).padStart(4)} x  ${key}`);
}

/** What a node of a model computes from what. */
interface OnnxNode {
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** The length-delimited fields of a protobuf message, by number. */
function* fieldsOf(message: Uint8Array): Generator<readonly [field: number, bytes: Uint8Array]> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) yield [field, reader.bytes()];
    else reader.skip(type, field);
  }
}

/** The nodes of an ONNX model. Numbers of fields: `graph` of ModelProto, `node` of GraphProto, those of NodeProto. */
function nodesOf(model: Uint8Array): OnnxNode[] {
  const within = (messages: readonly Uint8Array[], wanted: number): Uint8Array[] =>
    messages.flatMap((message) => [...fieldsOf(message)].filter(([field]) => field === wanted).map(([, bytes]) => bytes));
  const texts = (message: Uint8Array, wanted: number): string[] =>
    within([message], wanted).map((bytes) => new TextDecoder().decode(bytes));
  return within(within([model], 7), 1).map((node) => ({ name: texts(node, 3)[0] ?? '', input: texts(node, 1), output: texts(node, 2) }));
}

/** The most numbers of logits' size that are alive between two nodes; what a node may reuse in place counts twice. */
function mostAlive({ vocabulary, rank }: typeof workload.sizes): number {
  const order = new Map<string, number>();
  const sizes = new Map<string, number>();
  for (const { name, args } of events) {
    const node = name.slice(0, -'_kernel_time'.length);
    if (order.has(node)) break;
    order.set(node, order.size);
    const shape = Object.values(args.output_type_shape?.[0] ?? {})[0] ?? [];
    if (shape.at(-1) === vocabulary && shape.length > 1 && shape[0] !== rank) sizes.set(node, sizeOf(shape));
  }
  const placeOf = ({ name }: OnnxNode): number => order.get(name) ?? -1;
  const nodes = optimised.filter((node) => placeOf(node) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  const lastUse = new Map<string, number>();
  nodes.forEach(({ input }, at) => input.forEach((name) => lastUse.set(name, at)));
  const ending = new Map<number, number>();
  let [alive, most] = [0, 0];
  nodes.forEach(({ name, output }, at) => {
    const size = sizes.get(name) ?? 0;
    alive += size;
    most = Math.max(most, alive);
    const end = Math.max(at, ...output.map((each) => lastUse.get(each) ?? at));
    ending.set(end, (ending.get(end) ?? 0) + size);
    alive -= ending.get(at) ?? 0;
  });
  return most;
}

const { batch: sequences, length, vocabulary } = workload.sizes;
const arrays = mostAlive(workload.sizes) / (sequences * length * vocabulary);
console.log(`alive at once: ${arrays.toFixed(2)} arrays of [${sequences * length}, ${vocabulary}]`);
