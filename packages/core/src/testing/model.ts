import { type Engine, isForAuto } from '../engine/engine.js';
import { builtInEngines } from '../engine/built-in.js';
import { initialParameters, joinParameters, splitParameters } from '../model/layout.js';
import type { Model } from '../model/model.js';
import type { ModelDefinition } from '../model/definition.js';
import { validateOptions } from '../options/validate.js';
import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { program } from '../program/program.js';
import { RandomStream } from '../random/stream.js';
import { softCrossEntropy } from '../model/cross-entropy.js';
import { type TokenNodes, TracedModel } from '../model/traced-model.js';
import { check, relativeDistance } from './assert.js';
import { compiled, type Compiled } from './compiled.js';

/** Sizes to check a model at; the defaults are small. */
export interface ModelCheckOptions {
  /** The model's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly vocabularySize?: number;
  readonly length?: number;
  readonly batch?: number;
}

interface Sizes {
  readonly vocabularySize: number;
  readonly length: number;
  readonly batch: number;
}

/**
 * Central differences are taken at each of these: a large step crosses the kinks of relu, a small one drowns in
 * rounding.
 */
const STEPS = [1e-2, 3e-3, 1e-3, 3e-4];
const SMOOTH_TOLERANCE = 3e-2;
const SAME_TOLERANCE = 1e-4;

/** A model's programs on one engine, and fixed values to run them on. */
class ModelCheck {
  readonly #traced: TracedModel;
  readonly #stream = new RandomStream(1, 'conformance');

  constructor(
    private readonly id: string,
    model: Model,
    private readonly sizes: Sizes,
  ) {
    this.#traced = new TracedModel(model);
  }

  get parameters(): number {
    return this.#traced.layout.size;
  }

  weights(): Float32Array {
    return initialParameters(this.#traced.layout, this.#stream.child('weights'));
  }

  ids(): Int32Array {
    const stream = this.#stream.child('ids');
    return Int32Array.from({ length: this.sizes.batch * this.sizes.length }, () => stream.integer(this.sizes.vocabularySize));
  }

  direction(): Float32Array {
    return this.#stream.child('direction').normal(this.parameters);
  }

  #inputs(kind: 'hard' | 'soft'): { graph: Graph; weights: Node; tokens: TokenNodes; input: Node } {
    const { batch, length, vocabularySize } = this.sizes;
    const graph = new Graph();
    const weights = graph.input('weights', [this.parameters]);
    const input =
      kind === 'hard' ? graph.input('tokens', [batch, length], 'int32') : graph.input('tokens', [batch, length, vocabularySize]);
    return { graph, weights, input, tokens: kind === 'hard' ? { kind, ids: input } : { kind, probabilities: input } };
  }

  compileLogits(engine: Engine, kind: 'hard' | 'soft'): Promise<Compiled> {
    const { weights, tokens, input } = this.#inputs(kind);
    const { logits } = this.#traced.predictions(splitParameters(this.#traced.layout, weights), tokens);
    const direct = this.#traced.ownLogits(splitParameters(this.#traced.layout, weights), tokens);
    return compiled(engine, program(`${this.id} logits`, [weights, input], { logits, direct }));
  }

  /** Loss, its gradient, and the product of its Hessian with a direction. */
  compileDerivatives(engine: Engine): Promise<Compiled> {
    const { batch, length, vocabularySize } = this.sizes;
    const { graph, weights, tokens, input } = this.#inputs('hard');
    const direction = graph.input('direction', [this.parameters]);
    const parameters = splitParameters(this.#traced.layout, weights);
    const targets = graph.constant(this.#targets(), [batch, length, vocabularySize], 'float32');
    const loss = softCrossEntropy(this.#traced.predictions(parameters, tokens), targets, graph.fill(1, [batch, length]));
    const slope = gradients(loss, parameters);
    const along = e.sum(e.multiply(joinParameters(slope), direction));
    const curvature = gradients(along, parameters);
    return compiled(
      engine,
      program(`${this.id} derivatives`, [weights, input, direction], {
        loss,
        gradient: joinParameters(slope),
        curvature: joinParameters(curvature),
      }),
    );
  }

  #targets(): Float32Array {
    const { batch, length, vocabularySize } = this.sizes;
    const raw = this.#stream
      .child('targets')
      .normal(batch * length * vocabularySize)
      .map(Math.exp);
    for (let row = 0; row < batch * length; row++) {
      const part = raw.subarray(row * vocabularySize, (row + 1) * vocabularySize);
      const total = part.reduce((sum, value) => sum + value, 0);
      part.forEach((value, at) => (part[at] = value / total));
    }
    return raw;
  }
}

/**
 * Checks that a model keeps its contract, on every engine that works here and that `auto` may take: logits have the shape `[batch, length,
 * vocabulary]`; changing a token leaves the logits before it as they were (causality); hard tokens and their one-hot
 * distributions give the same logits; factors, if there are any, multiply to the logits; gradient and Hessian-vector
 * product agree with central differences; the same inputs give the same bits; all engines agree.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkModel(definition: ModelDefinition, given: ModelCheckOptions = {}): Promise<void> {
  const sizes: Sizes = { vocabularySize: given.vocabularySize ?? 11, length: given.length ?? 6, batch: given.batch ?? 3 };
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  const subject = new ModelCheck(
    definition.id,
    definition.create(options, { vocabularySize: sizes.vocabularySize, maxLength: sizes.length }),
    sizes,
  );
  const first: { logits?: Float32Array } = {};
  for (const engineDefinition of builtInEngines) {
    if (!isForAuto(await engineDefinition.check())) continue;
    const engine = await engineDefinition.create({ threads: 1 });
    const logits = await checkLogits(engine, subject, definition.id, sizes);
    await checkDerivatives(engine, subject, definition.id);
    first.logits ??= logits;
    const distance = relativeDistance(logits, first.logits);
    check(
      distance < SAME_TOLERANCE,
      `${definition.id}: The engine ${engine.id} gives other logits than the first engine (relative distance ${distance}).`,
    );
    await engine.dispose();
  }
}

async function checkLogits(
  engine: Engine,
  subject: ModelCheck,
  id: string,
  { vocabularySize, length, batch }: Sizes,
): Promise<Float32Array> {
  const hard = await subject.compileLogits(engine, 'hard');
  const weights = subject.weights();
  const ids = subject.ids();
  const of = (tokens: Int32Array): Promise<Record<string, Float32Array>> => hard.run({ weights, tokens });
  const { logits, direct } = (await of(ids)) as { logits: Float32Array; direct: Float32Array };
  check(
    direct.length === batch * length * vocabularySize,
    `${id}: Logits have ${direct.length} numbers, not batch x length x vocabulary = ${batch * length * vocabularySize}.`,
  );
  check(relativeDistance(logits, direct) < SAME_TOLERANCE, `${id}: Factors do not multiply to the logits.`);
  check(relativeDistance((await of(ids)).logits ?? [], logits) === 0, `${id}: The same inputs give different logits on ${engine.id}.`);

  for (let position = 1; position < length; position++) {
    const changed = ids.map((token, index) => (index % length === position ? (token + 1) % vocabularySize : token));
    const after = (await of(changed)).logits ?? new Float32Array();
    for (let row = 0; row < batch; row++) {
      const [from, to] = [row * length * vocabularySize, (row * length + position) * vocabularySize];
      const distance = relativeDistance(after.subarray(from, to), logits.subarray(from, to));
      check(
        distance < SAME_TOLERANCE,
        `${id}: The model is not causal: changing token ${position} changes logits before it (relative distance ${distance} on ${engine.id}).`,
      );
    }
  }
  await hard.dispose();

  const soft = await subject.compileLogits(engine, 'soft');
  const oneHot = new Float32Array(batch * length * vocabularySize);
  ids.forEach((token, index) => (oneHot[index * vocabularySize + token] = 1));
  const softened = await soft.run({ weights, tokens: oneHot });
  check(
    relativeDistance(softened['logits'] ?? [], logits) < SAME_TOLERANCE,
    `${id}: One-hot distributions give other logits than the tokens they stand for; read tokens with embed().`,
  );
  await soft.dispose();
  return logits;
}

async function checkDerivatives(engine: Engine, subject: ModelCheck, id: string): Promise<void> {
  const executable = await subject.compileDerivatives(engine);
  const direction = subject.direction();
  const at = (weights: Float32Array): Promise<Record<string, Float32Array>> =>
    executable.run({ weights, tokens: subject.ids(), direction });
  const weights = subject.weights();
  const size = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  const moved = (by: number): Float32Array => weights.map((value, index) => value + (by * (direction[index] ?? 0)) / size);
  const here = await at(weights);
  const claimed = (here['gradient'] ?? new Float32Array()).reduce((sum, value, index) => sum + value * (direction[index] ?? 0), 0);
  const slopes: number[] = [];
  const distances: number[] = [];
  for (const step of STEPS) {
    const [ahead, behind] = [await at(moved(step)), await at(moved(-step))];
    slopes.push((((ahead['loss']?.[0] ?? Number.NaN) - (behind['loss']?.[0] ?? Number.NaN)) / (2 * step)) * size);
    const difference = (ahead['gradient'] ?? new Float32Array()).map(
      (value, index) => ((value - (behind['gradient']?.[index] ?? Number.NaN)) / (2 * step)) * size,
    );
    distances.push(relativeDistance(here['curvature'] ?? [], difference));
  }
  check(
    slopes.some((slope) => Math.abs(slope - claimed) <= SMOOTH_TOLERANCE * Math.max(Math.abs(slope), 1e-2 * size)),
    `${id}: The gradient says ${claimed} along a direction, and central differences say ${slopes.join(', ')} (on ${engine.id}).`,
  );
  check(
    distances.some((distance) => distance < SMOOTH_TOLERANCE),
    `${id}: The Hessian-vector product is off from central differences of the gradient by ${Math.min(...distances)} (on ${engine.id}).`,
  );
  await executable.dispose();
}
